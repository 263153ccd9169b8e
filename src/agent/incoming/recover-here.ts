import { join } from 'node:path'
import { ZoneError } from '../../errors.ts'
import type { OwnerRecord } from '../../hostdata/owner-record/owner-record.ts'
import { readZoneKey } from '../../hostdata/zone-key.ts'
import type { IncomingJournal } from '../../migration/journal.ts'
import { placedStreamKey } from '../../migration/stream-key.ts'
import { messageOf } from '../../util/message-of.ts'
import { remedyThen, systemError } from '../../util/system-error.ts'
import type { Host } from '../host.ts'
import { at, findArea } from '../ownership/at-host-data.ts'
import { openRecord } from '../ownership/open-record.ts'
import { ownerInWords } from '../ownership/owner-in-words.ts'
import { sealedKeys } from '../ownership/zone-key.ts'
import type { Zone } from '../zone.ts'
import { fateOf } from './arrivals.ts'
import { carriedKey } from './carried-key.ts'
import { forgetArrival } from './forget-arrival.ts'
import { giveUpIncoming } from './give-up.ts'
import { settleArrival } from './go.ts'

export interface RecoverOptions {
  /** The operator vouches that the source knows nothing of it any more. */
  readonly sourceIsGone: boolean
  /** Told what is found. */
  readonly tell: (line: string) => void
}

/**
 * Finishes or undoes at its target a migration that was interrupted. What can be known here decides; of a zone that may have
 * run here when this host went down, the record on its boot device, which the source writes, too. This host has no way to ask
 * the source itself.
 *
 * @returns what has become of the zone, for the operator
 * @throws ZoneError MIGRATION_UNSETTLED: the source has to say
 */
export async function recoverHere(
  host: Host,
  zone: Zone,
  journal: IncomingJournal,
  { sourceIsGone, tell }: RecoverOptions,
): Promise<string[]> {
  const { source } = journal
  const fate = await fateOf(host, zone, journal)
  tell(`Here: ${fates[fate]}.`)
  if (fate === 'none') return undo(host, zone, journal)
  if (fate === 'arrived') return finish(host, zone, journal)
  const disk = await lookAtArrival(host, zone, journal)
  const words = disk instanceof Error ? `nothing is known: ${disk.message.split('\n')[0]}` : inWords(disk)
  tell(`By its boot device: ${words}.`)
  if (!(disk instanceof Error) && disk !== undefined) {
    if (disk.owner.id === host.identity.id) return finish(host, zone, journal)
    if (isTakenBack(disk, journal)) return undo(host, zone, journal)
  }
  if (sourceIsGone) return forget(host, zone, journal)
  throw unsettled(zone.name, source, words)
}

const fates = {
  none: 'it has never run here',
  arrived: 'it has begun to run here, or that is written down',
  lost: 'this host went down since, and it may have begun to run before',
} as const

const inWords = (record: OwnerRecord | undefined) =>
  record === undefined ? 'nothing can be said, since it has no host data' : ownerInWords(record)

/**
 * Whether the source has the zone by its record, and does not offer it to this migration any more: it was told that the zone
 * does not run here, or its operator has vouched for that. A record of a later owner says nothing of what the source knows.
 */
function isTakenBack(
  { generation, transit }: OwnerRecord,
  { migrationId, hostData }: IncomingJournal,
): boolean {
  return generation === hostData?.generation && transit?.ticket !== migrationId
}

/** The owner record of a zone that has not come yet, opened with the key that came with it; undefined: it has none. */
async function lookAtArrival(
  host: Host,
  zone: Zone,
  journal: IncomingJournal,
): Promise<OwnerRecord | undefined | Error> {
  const { spec, hostData } = journal
  const uri = spec.disks.find(({ id }) => id === hostData?.device)?.storage
  if (hostData === undefined || uri === undefined) return undefined
  const expected = { uuid: spec.uuid, device: hostData.device, place: uri }
  try {
    const carried = await readZoneKey(carriedKey(host.layout, journal))
    const keys = carried === undefined ? await sealedKeys(host, zone) : [carried]
    return await at(host, zone, uri, false, async (place) => {
      const { area } = await findArea(place, hostData.sizeBytes)
      return openRecord(expected, area, keys).record
    })
  } catch (error) {
    return error as Error
  }
}

function remainsOf(host: Host, zone: Zone, journal: IncomingJournal) {
  const key = placedStreamKey(join(host.layout.runFolder, `${zone.name}.key`))
  // Whoever recovers has the zone already.
  return {
    zone,
    journal,
    key,
    held: { id: '', kind: 'recover', controller: new AbortController(), [Symbol.dispose]: () => undefined },
  }
}

async function finish(host: Host, zone: Zone, journal: IncomingJournal): Promise<string[]> {
  await settleArrival(host, remainsOf(host, zone, journal))
  return [`It has come from ${journal.source}, and is ${zone.state} here.`]
}

async function undo(host: Host, zone: Zone, journal: IncomingJournal): Promise<string[]> {
  await giveUpIncoming(host, remainsOf(host, zone, journal))
  const also = journal.imported ? ', and the configuration that came with it' : ''
  return [`The migration from ${journal.source} is forgotten here${also}.`]
}

async function forget(host: Host, zone: Zone, journal: IncomingJournal): Promise<string[]> {
  const { source } = journal
  await giveUpIncoming(host, remainsOf(host, zone, await forgetArrival(host, zone, journal)))
  return [
    `The migration from ${source} is forgotten here; should ${source} ask after all, it hears that the guest was lost here.`,
    `The zone is ${zone.state} here, with its key. If ${source} is gone for good: zoneadm -z ${zone.name} attach -x force-takeover; else, to free the name: zonecfg -z ${zone.name} delete`,
  ]
}

function unsettled(zone: string, source: string, disk: string): ZoneError {
  const recover = `zoneadm -z ${zone} migrate --recover`
  return new ZoneError(
    `zone '${zone}': was on its way here from ${source} when this host went down, and may have begun to run; by its boot device ${disk}; ${source} decides whose it is`,
    {
      code: 'MIGRATION_UNSETTLED',
      remedy: `On ${source}: ${recover}\nOnly if ${source} knows nothing of it any more, on this host: ${recover} -F`,
    },
  )
}

function halfGone(zone: string): ZoneError {
  return new ZoneError(
    `zone '${zone}': its guest is lost: the host that it came from has lost a part of its memory; the zone is this host's, its disks are as the guest left them`,
    {
      code: 'GUEST_LOST',
      remedy: `As after a power failure: zoneadm -z ${zone} halt, then zoneadm -z ${zone} boot`,
    },
  )
}

/**
 * Of a zone that has come here, which could not be written down: tries that again at once. It is this arrival that holds the zone.
 *
 * @throws ZoneError ARRIVAL_UNSETTLED: what keeps it
 */
export async function recoverArrival(zone: Zone): Promise<string[]> {
  try {
    await zone.settleArrival?.()
  } catch (error) {
    const failure = error instanceof ZoneError ? error : systemError(error)
    const recover = `zoneadm -z ${zone.name} migrate --recover`
    throw new ZoneError(
      `zone '${zone.name}': has come here, but that cannot be written down: ${messageOf(error)}; it is held here as it is, and that is tried again`,
      {
        code: 'ARRIVAL_UNSETTLED',
        remedy: failure === undefined ? `When that is mended: ${recover}` : remedyThen(failure, recover),
        cause: error,
      },
    )
  }
  return [`It has come here, and is ${zone.state}.`]
}

/** Of a guest that goes on here by post-copy: what the operator can do here, which is to wait. */
export function recoverFilling({ name, filling }: Zone): string[] {
  if (filling === 'flows') return ['It runs here, and the rest of its memory is on its way.']
  if (filling === 'lost') throw halfGone(name)
  throw new ZoneError(
    `zone '${name}': runs here, and a part of its memory is still on the host that it came from, which cannot be heard; both halves are kept, and that host goes on trying`,
    {
      code: 'STREAM_BROKEN',
      remedy: `On the host that it came from: zoneadm -z ${name} migrate --recover\nOnly if that host is gone for good, and the guest with it, on this host: zoneadm -z ${name} halt, then zoneadm -z ${name} boot`,
    },
  )
}
