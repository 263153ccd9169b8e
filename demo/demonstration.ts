import { relative } from 'node:path'
import { Exit } from '../src/errors.ts'
import type { DiskReport } from '../test/guest/counter-disk.ts'
import type { Guest } from '../test/guest/ensure-guest.ts'
import type { TestHost } from '../test/hosts/test-host.ts'
import { diskAdvances, GuestWatch, guestAnswers, type WatchReport } from './guest-watch.ts'
import type { Narrator } from './narrator.ts'
import { type MigrationFigures, readFigures, readPassedChecks, readRemedies } from './read-output.ts'
import type { Stage } from './stage.ts'
import { typed } from './typed.ts'
import { zoneFileFor } from './zone-file.ts'

const zone = 'web1'
const zoneadm = ['zoneadm', '-z', zone] as const
const zonecfg = ['zonecfg', '-z', zone] as const
/** How far the guest counts on its new host before we believe that it lives, about two seconds. */
const countsAfterwards = 100

/** What the demonstration has seen. */
export interface Evidence {
  readonly checks: number | undefined
  readonly figures: MigrationFigures
  /** Undefined where nobody can watch from outside. */
  readonly watch: WatchReport | undefined
  readonly diskBefore: DiskReport
  readonly diskAfter: DiskReport
}

/**
 * Tells and carries out the whole story on two hosts: a zone is configured, installed, booted, checked and migrated.
 * @throws Error if a command does not end as it should
 */
export async function demonstrate(
  narrator: Narrator,
  stage: Stage,
  { kernel, initrd }: Guest,
  signal: AbortSignal,
): Promise<Evidence> {
  const { alpha, beta, storage, network } = stage
  const type = (host: TestHost, argv: readonly string[], expected: number = Exit.ok) =>
    typed(narrator, host, argv, { signal, expected })
  const target = `ssh://${beta.address}`

  narrator.step('A kernel zone is configured on alpha from a command file')
  const zoneFile = await zoneFileFor(stage)
  if (network === undefined)
    narrator.note('The file is examples/web1.zonecfg with the address of this storage.')
  await type(alpha, [...zonecfg, '-f', zoneFile])
  await type(alpha, [...zonecfg, 'info capped-memory; info virtual-cpu'])

  narrator.step('It is installed and booted: a real Linux guest in QEMU')
  const lun = await storage.createLun({ name: zone, sizeBytes: 64 * 1024 * 1024 })
  const files = Object.entries({ kernel, initrd }).flatMap(([name, path]) => [
    '-x',
    `${name}=${relative('.', path)}`,
  ])
  await type(alpha, [...zoneadm, 'install', ...files])
  const bootedAtMs = performance.now()
  await type(alpha, [...zoneadm, 'boot'])
  if (network !== undefined) await guestAnswers(network.observer, network.guestAddress, signal)
  const seconds = () => ((performance.now() - bootedAtMs) / 1000).toFixed(1)
  const answers = network === undefined ? '' : `answers pings after ${seconds()} s and `
  const { newest } = await diskAdvances(lun.backingFile, 0, signal)
  narrator.note(`The guest ${answers}counts: ${newest?.number} is on its disk after ${seconds()} s.`)

  narrator.step('A migration that would fail is refused, with the remedy')
  narrator.note('Somebody has prepared the zone on beta, but with less memory:')
  await type(beta, [...zonecfg, '-f', zoneFile])
  await type(beta, [...zonecfg, 'select capped-memory; set physical=256M; end'])
  const refusal = await type(alpha, [...zoneadm, 'migrate', target], Exit.refused)
  narrator.note(`Its exit code was ${Exit.refused}.`)

  narrator.step('The remedy is typed as the report says; now the check passes')
  const remedies = readRemedies(refusal)
  if (remedies.length === 0) throw new Error('The report names no command as a remedy')
  for (const { host, argv } of remedies) await type(host === alpha.name ? alpha : beta, argv)
  const checked = await type(alpha, [...zoneadm, 'migrate', '-n', target])

  narrator.step('The zone moves to beta while its guest works')
  await using watch =
    network === undefined ? undefined : await GuestWatch.start(network.observer, network.guestAddress, signal)
  if (watch !== undefined) {
    narrator.note('Meanwhile the observer pings it 50 times a second and reads its counter over TCP.')
  }
  const diskBefore = await diskAdvances(lun.backingFile, 0, signal)
  const migrated = await type(alpha, [...zoneadm, 'migrate', target])
  const diskAtOnce = await diskAdvances(lun.backingFile, 0, signal)
  await watch?.advance(countsAfterwards, signal)
  const diskAfter = await diskAdvances(lun.backingFile, diskAtOnce.newest?.number ?? 0, signal)
  const watched = await watch?.stop()

  narrator.step('Where it is now')
  await type(alpha, ['zoneadm', 'list', '-cv'])
  await type(beta, ['zoneadm', 'list', '-cv'])
  return {
    checks: readPassedChecks(checked),
    figures: readFigures(migrated),
    watch: watched,
    diskBefore,
    diskAfter,
  }
}
