/**
 * What kzone adds to a live migration: `npm run bench [ROUNDS]`. The same 512 MiB guest on the same two test hosts is
 * migrated to and fro by QMP alone and by `zoneadm migrate`, in turn, with the memory encrypted and in the clear. The
 * ratios count, since machines differ; nothing is asserted.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuModel } from '../src/vm/cpu-class.ts'
import type { MachineSpec } from '../src/vm/schema.ts'
import { installGuestZone, succeed } from '../test/e2e/guest-zone.ts'
import { ensureGuest } from '../test/guest/ensure-guest.ts'
import { guestCommandLine } from '../test/guest/guest-command-line.ts'
import { createLab } from '../test/hosts/lab.ts'
import { type BareMachine, endBare, migrateBare, startBare } from './bare-qmp.ts'

const rounds = Number(process.argv[2] ?? 10)
const mib = 1024 * 1024

interface Sample {
  readonly wallMs: number
  readonly pauseMs: number
  readonly qemuMs: number
  /** Between two answers to pings that were sent each 10 ms. */
  readonly silentMs: number
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

function line(name: string, samples: readonly Sample[]): string {
  const column = (pick: (sample: Sample) => number) => {
    const values = samples.map(pick)
    return `${median(values).toFixed(0).padStart(6)} (${Math.min(...values).toFixed(0)}..${Math.max(...values).toFixed(0)})`.padEnd(
      20,
    )
  }
  return `${name.padEnd(26)}${column((s) => s.wallMs)}${column((s) => s.pauseMs)}${column((s) => s.qemuMs)}${column((s) => s.silentMs)}`
}

const guest = await ensureGuest()
await using lab = await createLab({ hosts: ['alpha', 'beta'] })
const { alpha, beta } = lab.hosts

/** Watches a guest from outside until it is asked for the longest silence, a while after the migration. */
async function pinged(address: string) {
  const pinger = lab.observer.ping(address, { intervalMs: 10 })
  await pinger.answered({ signal: AbortSignal.timeout(60_000) })
  return {
    async longestMs(): Promise<number> {
      await sleep(1_000)
      return (await pinger.stop()).longestGapMs
    },
  }
}

async function bareRounds(encrypted: boolean): Promise<Sample[]> {
  const lun = await lab.storage.createLun({ name: `bare${encrypted ? 1 : 0}`, sizeBytes: 64 * mib })
  const spec: MachineSpec = {
    schema: 1,
    zonename: 'bare',
    uuid: randomUUID(),
    machineType: 'pc-q35-7.2',
    accelerator: 'tcg',
    cpu: cpuModel(undefined),
    ncpus: 1,
    memoryBytes: 512 * mib,
    disks: [{ id: 0, storage: lun.suri, pciSlot: 2, serial: 'kz-disk0', bootIndex: 0 }],
    nics: [{ kind: 'anet', id: 0, pciSlot: 16, macAddress: '02:08:20:00:00:99' }],
    bootargs: guestCommandLine({ address: `${lab.guestAddress(90)}/24` }),
  }
  const options = { folder: lab.folder, kernel: guest.kernel, initrd: guest.initrd }
  let running: BareMachine = await startBare(alpha, spec, { ...options, incoming: false })
  await running.qmp.execute('cont')
  await sleep(8_000)
  const samples: Sample[] = []
  for (let round = 0; round < rounds; round += 1) {
    const watch = await pinged(lab.guestAddress(90))
    const start = performance.now()
    const target = await startBare(running.host === alpha ? beta : alpha, spec, {
      ...options,
      incoming: true,
    })
    const { downtimeMs, pauseMs } = await migrateBare(running, target, { folder: lab.folder, encrypted })
    const wallMs = performance.now() - start
    samples.push({ wallMs, pauseMs, qemuMs: downtimeMs, silentMs: await watch.longestMs() })
    await endBare(running, spec)
    running = target
  }
  await endBare(running, spec)
  return samples
}

async function kzoneRounds(cipher: readonly string[], number: number): Promise<Sample[]> {
  const name = `bench${number}`
  const lun = await lab.storage.createLun({ name, sizeBytes: 64 * mib })
  const address = lab.guestAddress(number)
  await installGuestZone(alpha, guest, { name, storage: lun.suri, address: `${address}/24` })
  await succeed(alpha, 'zoneadm', '-z', name, 'boot')
  await sleep(8_000)
  const samples: Sample[] = []
  let [from, to] = [alpha, beta]
  for (let round = 0; round < rounds; round += 1) {
    const watch = await pinged(address)
    const start = performance.now()
    const output = await succeed(
      from,
      'zoneadm',
      '-z',
      name,
      'migrate',
      '--json',
      ...cipher,
      `ssh://${to.address}`,
    )
    const wallMs = performance.now() - start
    const { pauseMs, qemuDowntimeMs, phases } = JSON.parse(output) as {
      pauseMs: number
      qemuDowntimeMs: number
      phases: { name: string; ms: number }[]
    }
    samples.push({ wallMs, pauseMs, qemuMs: qemuDowntimeMs, silentMs: await watch.longestMs() })
    if (process.env['VERBOSE'])
      console.log(phases.map((phase) => `${phase.name} ${phase.ms.toFixed(0)}`).join(', '))
    ;[from, to] = [to, from]
  }
  await succeed(from, 'zoneadm', '-z', name, 'halt')
  return samples
}

console.log(`live migration of an idle 512 MiB guest, ${rounds} rounds each; milliseconds: median (min..max)`)
console.log(
  `${''.padEnd(26)}${'wall'.padEnd(20)}${'guest stopped'.padEnd(20)}${'downtime, by QEMU'.padEnd(20)}${'longest silence (pings)'}`,
)
for (const [number, [name, encrypted, cipher]] of (
  [
    ['in the clear', false, ['-c', 'none']],
    ['encrypted', true, []],
  ] as const
).entries()) {
  const bare = await bareRounds(encrypted)
  const kzone = await kzoneRounds(cipher, number)
  console.log(line(`bare QMP, ${name}`, bare))
  console.log(line(`zoneadm, ${name}`, kzone))
  const ratio = (pick: (sample: Sample) => number) =>
    (median(kzone.map(pick)) / median(bare.map(pick))).toFixed(1)
  const added = median(kzone.map((s) => s.pauseMs)) - median(bare.map((s) => s.pauseMs))
  console.log(
    `  ratio: wall ${ratio((s) => s.wallMs)}, guest stopped ${ratio((s) => s.pauseMs)} (${added.toFixed(0)} ms more)`,
  )
}
