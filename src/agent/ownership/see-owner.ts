import type { OwnerSeen } from '../../compat/input.ts'
import { attempt } from '../../facts/attempt.ts'
import type { Fact } from '../../facts/schema.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { hostDataDevice } from './open-host-data.ts'
import { isOurs, readOwner } from './own.ts'

/** Whose a zone is by its boot device, for the compatibility check. Changes nothing, and never throws. */
export function seeOwner(host: Host, zone: Zone): Promise<Fact<OwnerSeen>> {
  return attempt(async () => {
    const record = await readOwner(host, zone)
    if (record === undefined) return { status: 'none', why: await whyNone(host, zone) } as const
    if (isOurs(host.identity.id, zone, record)) return { status: 'ours' } as const
    const { owner, state, updatedAt } = record
    return { status: 'other', host: owner.name, state, updatedAt } as const
  })
}

async function whyNone({ registry }: Host, { name }: Zone): Promise<string> {
  const device = hostDataDevice(await registry.contract(name))
  return device === undefined
    ? 'Its storage cannot hold host data'
    : 'It was installed before there were host data, or on a disk that was in use up to its end'
}
