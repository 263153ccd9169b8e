import { check } from '../../compat/check.ts'
import { resumeRules } from '../../compat/resume-rules.ts'
import { Exit, ZoneError } from '../../errors.ts'
import { loadState } from '../../migration/load-state.ts'
import { QmpClosedError, QmpError, QmpUnsentError } from '../../qmp/qmp-errors.ts'
import { holdForTest } from '../../util/test-hold.ts'
import { guestDifferences } from '../../vm/guest-differences.ts'
import type { Machine } from '../../vm/machine.ts'
import type { Suspension } from '../../vm/suspension.ts'
import { toMachineSpec } from '../../vm/to-machine-spec.ts'
import { mustMatchProperties } from '../../zone/must-match.ts'
import { parseExport } from '../../zone/parse-export.ts'
import type { Progress } from '../api.ts'
import { disksOf } from '../held-storage.ts'
import type { Host } from '../host.ts'
import { ownState } from '../ownership/hand-over-record.ts'
import { noteOwner, requireNotTaken, requireOwned } from '../ownership/own.ts'
import { requireUnusedStorage } from '../storage-use.ts'
import { noSuchZone, type Zone } from '../zone.ts'
import type { SuspendedGuest } from '../zone-record.ts'
import { contractOf, type StoredConfig } from '../zone-registry.ts'
import { giveUpImage } from './abandon-suspension.ts'
import { startZone } from './boot.ts'
import { noteGuestClock } from './guest-clock.ts'
import { openPlace, placeText } from './image-place.ts'
import { adoptRunning, endRunning } from './run-zone.ts'
import { openSuspended, type SuspendedImage, toOperator } from './suspended-image.ts'

/** The network learns the guest's place at once, and again for those who missed it; times in milliseconds. */
const announcement = { initial: 20, max: 500, rounds: 6, step: 80 }

export interface ResumeOptions {
  readonly signal: AbortSignal
  readonly progress: (value: Progress) => void
}

/**
 * Lets a suspended guest go on, in the machine that its image names. If it fails the zone stays suspended; once the guest
 * runs, the image is removed.
 *
 * @throws ZoneError WRONG_STATE; KEY_*, IMAGE_*, STORAGE_UNREACHABLE; CONFIG_CHANGED, REFUSED (with the report), both
 *   with exit code 3; those of `startZone()`; LOAD_FAILED
 */
export async function resumeZone(host: Host, zone: Zone, { signal, progress }: ResumeOptions): Promise<void> {
  zone.requireState('boot', ['installed'])
  await adoptRunning(host, zone)
  zone.requireState('boot', ['installed'])
  const { suspended } = zone.record
  if (suspended?.phase !== 'whole') throw new Error(`Zone ${zone.name} is not suspended`)
  const stored = await host.registry.config(zone.name)
  if (stored === undefined) throw noSuchZone(zone.name)
  // Another host that has the zone by now may have used up the image.
  await requireNotTaken(host, zone)
  await using store = await openPlace(host, zone, suspended.place, { writable: false, signal })
  const opened = await openSuspended(host, zone, suspended, store)
  const { suspension } = opened
  if (stored.text !== suspension.configText) {
    progress({
      kind: 'line',
      text: 'The configuration is not the one that the guest booted with; the guest keeps what it had.',
    })
  }
  requireSameGuest(zone, suspension, stored)
  await requireUnusedStorage(host, zone, disksOf(contractOf(stored.config, zone.name)))
  await requireOffered(host, zone, suspension, stored, { signal, progress })
  await requireOwned(host, zone, 'running')
  progress({ kind: 'line', text: `Resuming zone from ${placeText(suspended.place)}.` })
  try {
    const machine = await startZone(host, zone, { stored, spec: suspension.spec, incoming: true }, signal)
    await holdForTest('resume.started')
    await load(host, zone, machine, opened, signal)
    await holdForTest('resume.loaded')
    await goOn(host, zone, machine, suspended)
  } catch (error) {
    await noteOwner(host, zone, ownState(zone))
    throw error
  }
}

/**
 * Compares what the two configurations ask for, not the machine itself: what an unset property means can change with a
 * release, and the guest keeps what it had.
 *
 * @throws ZoneError CONFIG_CHANGED: today's configuration would give the guest another machine
 */
export function requireSameGuest(
  { name }: Pick<Zone, 'name'>,
  { spec, configText }: Suspension,
  { config }: Pick<StoredConfig, 'config'>,
): void {
  const { uuid, accelerator, machineType, directBoot } = spec
  const machineTypes = [machineType]
  const context = { uuid, accelerator, machineTypes, ...(directBoot === undefined ? {} : { directBoot }) }
  const [had, wanted] = [parseExport(configText), config].map((each) =>
    toMachineSpec(contractOf(each, name), context),
  )
  const differences = had === undefined || wanted === undefined ? [] : guestDifferences(had, wanted)
  if (differences.length === 0) return
  throw new ZoneError(
    `zone '${name}': its configuration is not that of the suspended guest any more: ${differences.join('; ')}`,
    {
      code: 'CONFIG_CHANGED',
      exit: Exit.refused,
      remedy: `Take the change back (zonecfg -z ${name}), or give the suspended guest up and boot with the change: zoneadm -z ${name} boot --discard`,
    },
  )
}

/** @throws ZoneError REFUSED with the report in `details`: this host does not offer what the guest booted with */
async function requireOffered(
  host: Host,
  zone: Zone,
  { spec, boot }: Suspension,
  { config }: StoredConfig,
  { signal, progress }: ResumeOptions,
): Promise<void> {
  const contract = contractOf(config, zone.name)
  const storage = contract.devices.flatMap((device) => device.storage ?? [])
  const facts = await host.knowledge.facts(storage, [spec.cpu], signal)
  const report = check(
    {
      contract,
      properties: mustMatchProperties(config, { zonename: zone.name }),
      targetContract: { known: null },
      targetProperties: { known: null },
      boot: { known: boot },
      source: facts,
      target: facts,
      zone: { name: zone.name, uuid: spec.uuid, state: zone.state, auxiliary: zone.auxiliary },
      intent: { kind: 'warm', targetUri: host.identity.name, encrypt: false },
    },
    resumeRules,
  )
  progress({ kind: 'report', report })
  if (report.verdict === 'pass') return
  throw new ZoneError(`zone '${zone.name}': cannot go on here; it stays suspended, and nothing was changed`, {
    code: 'REFUSED',
    exit: Exit.refused,
    details: report,
  })
}

async function load(
  host: Host,
  zone: Zone,
  { qemu }: Machine,
  { image }: SuspendedImage,
  signal: AbortSignal,
): Promise<void> {
  try {
    await loadState(qemu.qmp, (take) => image.readTo(take, signal), {
      socket: host.layout.stateSocket(zone.name),
      signal,
    })
  } catch (error) {
    await endRunning(host, zone)
    if (!(error instanceof ZoneError) || error.code !== 'LOAD_FAILED') {
      throw toOperator(zone, host.layout.key(zone.name), error)
    }
    throw new ZoneError(`zone '${zone.name}': ${error.message}; it stays suspended`, {
      code: error.code,
      remedy: `The messages of QEMU are in ${host.layout.qemuLog(zone.name)}`,
      cause: error,
    })
  }
}

/** The guest is complete. From the moment that it may run, its image is older than its disks. */
async function goOn(host: Host, zone: Zone, { qemu }: Machine, suspended: SuspendedGuest): Promise<void> {
  try {
    await host.registry.update(zone, { suspended: { ...suspended, phase: 'resuming' } })
    await holdForTest('resume.recorded')
    await qemu.qmp.execute('cont')
  } catch (error) {
    // If nobody knows whether QEMU heard it, the guest counts as having run.
    const isUnheard = error instanceof QmpError || error instanceof QmpUnsentError
    if (zone.record.suspended?.phase === 'resuming' && !isUnheard) {
      await giveUpImage(host, zone, suspended, endedAtOnce)
      throw error instanceof QmpClosedError ? broken(zone, endedAtOnce, error) : error
    }
    await endRunning(host, zone)
    await host.registry.update(zone, { suspended })
    if (!(error instanceof QmpUnsentError)) throw error
    throw broken(zone, 'its machine ended before the guest went on; it stays suspended', error)
  }
  await holdForTest('resume.continued')
  void qemu.qmp.execute('announce-self', announcement).catch(() => undefined)
  void noteGuestClock(host, zone)
  await giveUpImage(host, zone, suspended, undefined)
  await holdForTest('resume.end')
  host.log(`zone '${zone.name}': resumed`)
}

const broken = ({ name }: Zone, words: string, cause: Error) =>
  new ZoneError(`zone '${name}': ${words}`, {
    code: 'RESUME_BROKEN',
    remedy: `zoneadm -z ${name} boot`,
    cause,
  })

export const endedAtOnce =
  'its machine ended in the moment when the suspended guest went on; the next boot starts it anew, as after a power failure'
