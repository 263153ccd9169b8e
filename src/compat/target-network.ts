import type { Link } from '../facts/schema.ts'
import type { Contract, ContractNic } from '../zone/contract.ts'
import { linksByName } from './facts-index.ts'
import type { UndecidedDraft } from './rule.ts'

/** A NIC and the link of the target that it is to be attached to. */
export interface TargetNic {
  readonly nic: ContractNic
  /** Null: `auto`, and the target has no bridge for it. */
  readonly linkName: string | null
  readonly link: Link | undefined
}

/** The NICs as the target will make them: from its own configuration if it has one, else from the source's. */
export function targetNics(
  contract: Contract,
  existing: Contract | null,
  links: readonly Link[],
  auto: string | null,
): readonly TargetNic[] {
  return (existing ?? contract).nics.map((nic) => {
    const linkName = nic.lowerLink === 'auto' ? auto : nic.lowerLink
    return { nic, linkName, link: linkName === null ? undefined : linksByName(links).get(linkName) }
  })
}

/** The link to which the NIC of that kind and id is attached at the source, if it is known there. */
export function sourceLink(
  contract: Contract,
  nic: ContractNic,
  linksHere: readonly Link[],
  autoHere: string | null,
): Link | undefined {
  const here = contract.nics.find(({ kind, id }) => kind === nic.kind && id === nic.id)
  const name = here?.lowerLink === 'auto' ? autoHere : here?.lowerLink
  return linksByName(linksHere).get(name ?? '')
}

/**
 * A draft if the target has links of which a part was not told.
 *
 * @param what of them, as in `addresses`
 */
export function untoldLinks(
  what: string,
  links: readonly Link[],
  isUntold: (link: Link) => boolean,
): readonly UndecidedDraft[] {
  const names = links.filter(isUntold).map(({ name }) => name)
  if (names.length === 0) return []
  const unknown = 'the kzone that wrote this did not tell it yet: bring it up to date'
  const remedies = [{ how: 'Bring kzone there up to date, then check again' }]
  return [{ property: `${what} of ${names.join(', ')}`, on: 'target', unknown, remedies }]
}
