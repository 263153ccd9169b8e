import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cipherNames, tlsPriority } from '../src/migration/cipher.ts'
import { newStreamKey, placeStreamKey } from '../src/migration/stream-key.ts'
import { clearStream, prepareStream } from '../src/migration/stream-settings.ts'
import { QmpConnection } from '../src/qmp/connection.ts'
import { migrationSchema } from '../src/qmp/schemas.ts'
import { connectUnixTransport } from '../src/qmp/unix-transport.ts'
import { blockGraph } from '../src/storage/storage.ts'
import { retryUntil } from '../src/util/retry-until.ts'
import { commandLine, diskNode } from '../src/vm/command-line.ts'
import { memoryBackend } from '../src/vm/memory-backend.ts'
import { linkName } from '../src/vm/network.ts'
import type { MachineSpec } from '../src/vm/schema.ts'

/** One host of the lab, as far as a bare QEMU needs it. */
export interface BareHost {
  readonly name: string
  readonly address: string
  run(argv: readonly string[]): Promise<{ readonly code: number | null; readonly stderr: string }>
}

export interface BareMachine {
  readonly host: BareHost
  readonly qmp: QmpConnection
}

async function must(host: BareHost, ...argv: readonly string[]): Promise<void> {
  const { code, stderr } = await host.run(argv)
  if (code !== 0) throw new Error(`${host.name}# ${argv.join(' ')}: ${stderr}`)
}

/** Starts the machine that kzone would start, but by hand: what a program that only speaks QMP does. */
export async function startBare(
  host: BareHost,
  spec: MachineSpec,
  { folder, kernel, initrd, incoming }: { folder: string; kernel: string; initrd: string; incoming: boolean },
): Promise<BareMachine> {
  const place = (suffix: string) => join(folder, `bare-${host.name}.${suffix}`)
  const [nic] = spec.nics
  if (nic === undefined) throw new Error('The machine has no NIC')
  const link = linkName(spec.uuid, nic)
  await must(host, 'ip', 'tuntap', 'add', 'dev', link, 'mode', 'tap')
  await must(host, 'ip', 'link', 'set', 'dev', link, 'master', 'net0', 'up')
  const storage = { root: folder, initiatorName: `iqn.2026-11.example.bare:${host.name}` }
  const graphs = spec.disks.map(
    async (disk) => [disk.id, await blockGraph(disk.storage, diskNode(disk.id), storage)] as const,
  )
  const args = commandLine(spec, {
    qmpSocket: place('qmp'),
    consoleSocket: place('tty'),
    pidFile: place('pid'),
    logFile: place('log'),
    blockdevs: new Map(await Promise.all(graphs)),
    netdevs: new Map([[`${nic.kind}${nic.id}`, `tap,ifname=${link},script=no,downscript=no`]]),
    memoryBackend: memoryBackend(spec.memoryBytes, undefined),
    kernel,
    initrd,
    incoming,
  })
  await must(host, 'qemu-system-x86_64', ...args).catch(async (error: Error) => {
    throw new Error(`${error.message}${await readFile(place('log'), 'utf8').catch(() => '')}`)
  })
  return { host, qmp: await QmpConnection.open(await connectUnixTransport(place('qmp'))) }
}

/** Ends it and removes its link. */
export async function endBare({ host, qmp }: BareMachine, spec: MachineSpec): Promise<void> {
  await qmp.execute('quit').catch(() => undefined)
  await qmp.closed
  const [nic] = spec.nics
  if (nic !== undefined) await host.run(['ip', 'link', 'del', linkName(spec.uuid, nic)])
}

/** Migrates a running machine to one that waits, over QMP alone; wall time from the start of the target to its `cont`. */
export async function migrateBare(
  source: BareMachine,
  target: BareMachine,
  { folder, encrypted }: { folder: string; encrypted: boolean },
): Promise<{ readonly migrateMs: number; readonly downtimeMs: number; readonly pauseMs: number }> {
  await using key = encrypted ? await placeStreamKey(join(folder, 'bare.key'), newStreamKey()) : undefined
  await clearStream(source.qmp)
  // The cipher that kzone would choose, so that only its own share is seen.
  const priority = encrypted ? tlsPriority(null, cipherNames) : undefined
  const settings = { keyFolder: key?.folder ?? null, priority }
  await prepareStream(target.qmp, 'server', settings)
  await prepareStream(source.qmp, 'client', settings)
  await target.qmp.execute('migrate-incoming', { uri: `tcp:${target.host.address}:0` })
  const port = await retryUntil(
    async () => {
      const { 'socket-address': sockets } = await target.qmp.execute(
        'query-migrate',
        {},
        { schema: migrationSchema },
      )
      return sockets?.[0]?.port
    },
    { timeoutMs: 5_000, intervalMs: 2 },
  )
  let stoppedAtMs = 0
  using _stop = source.qmp.on('STOP', () => {
    stoppedAtMs = performance.now()
  })
  const startMs = performance.now()
  const completed = source.qmp.waitForEvent('MIGRATION', {
    predicate: ({ data }) => data.status === 'completed' || data.status === 'failed',
    timeoutMs: 60_000,
  })
  await source.qmp.execute('migrate', { uri: `tcp:${target.host.address}:${port}` })
  await completed
  await target.qmp.execute('cont')
  const endMs = performance.now()
  const { downtime = Number.NaN } = await source.qmp.execute('query-migrate', {}, { schema: migrationSchema })
  return { migrateMs: endMs - startMs, downtimeMs: downtime, pauseMs: endMs - stoppedAtMs }
}
