import type { OwnerRecord } from '../../hostdata/owner-record/owner-record.ts'

/** What an owner record says, in a few words. */
export function ownerInWords({ owner, state, updatedAt, transit }: OwnerRecord): string {
  const offered = transit === undefined ? '' : `, offered to ${transit.to.name}`
  return `host ${owner.name} has it (${state}${offered}, last updated ${updatedAt})`
}
