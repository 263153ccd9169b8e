import { ZoneError } from '../../errors.ts'
import { removeJournal } from '../../migration/journal.ts'
import { clearStream } from '../../migration/stream-settings.ts'
import { QmpError } from '../../qmp/qmp-errors.ts'
import { statusSchema } from '../../qmp/schemas.ts'
import { retryUntil } from '../../util/retry-until.ts'
import { holdForTest } from '../../util/test-hold.ts'
import type { Host } from '../host.ts'
import { noteGuestClock } from '../lifecycle/guest-clock.ts'
import { noteArrival } from './arrival-ledger.ts'
import { keepKey } from './carried-key.ts'
import { removeIncomingMark, setIncomingMark } from './incoming-mark.ts'
import type { IncomingZone } from './incoming-zone.ts'
import { recordArrival } from './record-arrival.ts'

const loadTimeoutMs = 5_000

/** The network learns the new place at once, and again for those who missed it; times in milliseconds. */
const announcement = { initial: 20, max: 500, rounds: 6, step: 80 }

/**
 * Runs the zone here. The source has sent everything and holds its guest still.
 *
 * @returns when the guest went on, on the clock of `performance.now()`
 * @throws ZoneError GO_REFUSED, GOING_DOWN: the guest has not run here, and cannot
 */
export async function continueGuest(
  host: Host,
  { zone, postcopy }: Pick<IncomingZone, 'zone' | 'postcopy'>,
): Promise<number> {
  const refused = (words: string) =>
    new ZoneError(`zone '${zone.name}': cannot run on ${host.identity.name}: ${words}`, {
      code: 'GO_REFUSED',
    })
  // With post-copy the source may be unable to take its guest back: QEMU gives up none that has begun to go over.
  if (postcopy !== true) host.goingDown.requireUp()
  if (zone.running === undefined) throw refused('its machine there has ended')
  const { qmp } = zone.running.machine.qemu
  const status = () => qmp.execute('query-status', {}, { schema: statusSchema })
  const loaded = await retryUntil(async () => ((await status()).status === 'inmigrate' ? undefined : true), {
    timeoutMs: loadTimeoutMs,
    intervalMs: 1,
  })
  if (loaded === undefined) throw refused("the guest's memory has not arrived completely")
  // A stream that takes the place of this one, if it breaks, is none of QEMU's encryption: see rejoin.ts.
  if (postcopy === true) await clearStream(qmp)
  await setIncomingMark(host.layout, zone.name, 'going')
  await holdForTest('go.marked')
  try {
    await qmp.execute('cont')
  } catch (error) {
    if (error instanceof QmpError) throw refused(error.desc)
    // Nobody knows whether QEMU has heard it. The zone counts as this host's, as after a power failure.
    host.log(`zone '${zone.name}': no answer of QEMU to "cont": ${(error as Error).message}`)
  }
  const continuedAtMs = performance.now()
  await holdForTest('go.continued')
  void qmp.execute('announce-self', announcement).catch(() => undefined)
  return continuedAtMs
}

/** The zone is this host's: writes that down and ends the migration on this side. */
export async function settleArrival(
  host: Host,
  { zone, journal, key, held }: Pick<IncomingZone, 'zone' | 'journal' | 'key' | 'held'>,
): Promise<void> {
  const { suspended, hostData } = journal
  const { uuid, directBoot } = journal.spec
  await host.registry.update(zone, {
    state: 'installed',
    movedTo: undefined,
    reason: undefined,
    uuid,
    arrival: journal.migrationId,
    suspended: suspended && { ...suspended, phase: 'whole' },
    hostData,
    unclaimed: hostData === undefined ? undefined : true,
    timeOffsetSeconds: journal.spec.rtcOffsetSeconds,
    ...(directBoot === undefined ? {} : { directBoot }),
  })
  await holdForTest('arrival.recorded')
  void noteGuestClock(host, zone)
  await keepKey(host.layout, journal)
  await noteArrival(host.layout, journal.migrationId)
  await key?.[Symbol.asyncDispose]()
  await removeJournal(host.layout.zoneFolder(zone.name))
  await removeIncomingMark(host.layout, zone.name)
  // Only now: what is tried again of this must not be written over what is done with the zone next.
  zone.moving = undefined
  zone.lostFrom = undefined
  zone.settleArrival = undefined
  host.reservations.drop(journal.migrationId)
  held[Symbol.dispose]()
  host.log(`zone '${zone.name}': arrived from ${journal.source} by migration ${journal.migrationId}`)
  await recordArrival(host, journal)
}
