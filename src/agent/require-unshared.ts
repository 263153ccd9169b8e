import { storageUnit } from '../compat/storage-uri.ts'
import { ZoneError } from '../errors.ts'
import type { ZoneSummary } from '../facts/schema.ts'
import type { MachineSpec } from '../vm/schema.ts'
import type { Reservation } from './reservation.ts'

/** What somebody else has for itself alone. */
interface Claims {
  /** For the message: `zone 'web1', which runs`. */
  readonly whose: string
  readonly uuid: string | null
  readonly macAddresses: readonly string[]
  readonly disks: readonly string[]
}

const doing = { running: 'runs', booting: 'is being booted', arriving: 'is on its way here' } as const

/**
 * What a machine has for itself alone, against those of machines that run or are about to: uuid, MAC addresses, disks.
 *
 * @param identityOf what tells storage from other storage, by its URI
 * @throws ZoneError UUID_TAKEN, MAC_IN_USE, STORAGE_IN_USE
 */
export function requireUnshared(
  spec: MachineSpec,
  others: readonly Reservation[],
  identityOf: (uri: string) => string,
): void {
  for (const { spec: other, kind } of others) {
    requireNone(
      spec,
      {
        whose: `zone '${other.zonename}', which ${doing[kind]}`,
        uuid: other.uuid,
        macAddresses: other.nics.map(({ macAddress }) => macAddress),
        disks: other.disks.map(({ storage }) => identityOf(storage)),
      },
      identityOf,
    )
  }
}

/**
 * The same against the zones of this host by their configurations. A zone that is only configured has no identity and no
 * disks here, but its MAC addresses are given.
 *
 * @throws ZoneError UUID_TAKEN, MAC_IN_USE, STORAGE_IN_USE
 */
export function requireUnclaimed(spec: MachineSpec, others: readonly ZoneSummary[]): void {
  for (const { name, state, uuid, macAddresses, storage } of others) {
    const isHere = state !== 'configured'
    requireNone(
      spec,
      {
        whose: `zone '${name}', which is ${state}`,
        uuid: isHere ? uuid : null,
        macAddresses,
        disks: isHere ? storage.map(storageUnit) : [],
      },
      storageUnit,
    )
  }
}

function requireNone(
  { zonename, uuid, nics, disks }: MachineSpec,
  theirs: Claims,
  identityOf: (uri: string) => string,
): void {
  const { whose } = theirs
  if (theirs.uuid === uuid) {
    throw new ZoneError(`zone '${zonename}': its uuid ${uuid} is that of ${whose}`, {
      code: 'UUID_TAKEN',
      remedy: 'They are one zone under two names. See both: zoneadm list -cv',
    })
  }
  const nic = nics.find(({ macAddress }) => theirs.macAddresses.includes(macAddress))
  if (nic !== undefined) {
    const { macAddress, kind, id } = nic
    throw new ZoneError(
      `zone '${zonename}': the MAC address ${macAddress} of ${kind} ${id} is that of ${whose}`,
      {
        code: 'MAC_IN_USE',
        remedy: `Give one of them another: zonecfg -z ${zonename} 'select ${kind} id=${id}; set mac-address=auto; end'`,
      },
    )
  }
  const disk = disks.find(({ storage }) => theirs.disks.includes(identityOf(storage)))
  if (disk === undefined) return
  throw new ZoneError(`zone '${zonename}': "${disk.storage}" is in use by ${whose}`, {
    code: 'STORAGE_IN_USE',
    remedy: `Give each zone storage of its own: zonecfg -z ${zonename}`,
  })
}
