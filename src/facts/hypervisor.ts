import { readFile } from 'node:fs/promises'
import { release } from 'node:os'
import { isDeepStrictEqual } from 'node:util'
import { startProbe } from '../qmp/one-shot.ts'
import { type AcceleratorVerdict, acceleratorWithoutTrial, probeAccelerator } from './accelerator.ts'
import { findProgram } from './find-program.ts'
import { firmwareFolders } from './firmware.ts'
import { guestTscHz } from './guest-tsc.ts'
import {
  type HypervisorKey,
  type HypervisorRecord,
  readHypervisorCache,
  writeHypervisorCache,
} from './hypervisor-cache.ts'
import {
  hasDevice,
  queryCpu,
  queryCpuModels,
  queryHypervisor,
  questionArguments,
} from './query-hypervisor.ts'
import type { CpuModel, Hypervisor } from './schema.ts'

export interface HypervisorFacts {
  /** Of the devices, those that were asked for and are there. */
  readonly hypervisor: Hypervisor
  /** The CPUs asked for and every model of QEMU; features are known of those asked for and of `max`. */
  readonly cpuModels: CpuModel[]
  /** Where QEMU looks for firmware. */
  readonly firmwareFolders: readonly string[]
  /** What KVM says a guest's time-stamp counter runs at; null under TCG. */
  readonly tscFrequencyHz: number | null
}

export interface HypervisorQuestion {
  /** CPUs as `-cpu` takes them: those of kzone's classes, and those that guests to be moved have booted with. */
  readonly cpus: readonly string[]
  /** Device models as `-device` takes them, besides those that kzone makes. */
  readonly devices?: readonly string[]
  readonly signal?: AbortSignal | undefined
}

/** Answers from memory, from the cache file, or by asking QEMU, whichever comes first. */
export type HypervisorSource = (question: HypervisorQuestion) => Promise<HypervisorFacts>

export interface HypervisorSourceOptions {
  /** Program name or path of QEMU. */
  readonly binary: string
  /** The CPU that zones get by default, as `-cpu` takes it: the accelerator is chosen with it. */
  readonly cpu: string
  /** A JSON file that outlives the process. */
  readonly cacheFile: string
  readonly kvmDevice?: string
}

/** What a guest can have at most here; `queryCpu` compares with it. */
const always = ['max']

/** The device models that kzone makes. */
const ownDevices = ['virtio-blk-pci', 'virtio-net-pci', 'ide-cd']

/**
 * A source of what the hypervisor of this host offers. The first answer takes about 0.3 s, later ones about 1 ms: QEMU is
 * asked again after it or the kernel was updated, after a reboot, and for CPUs that it was not asked about yet.
 *
 * The source throws ZoneError COMMAND_MISSING, QEMU_NOT_STARTED, ACCEL_UNKNOWN, those of QMP, and the signal's reason.
 */
export function hypervisorSource(options: HypervisorSourceOptions): HypervisorSource {
  let record: HypervisorRecord | undefined
  let isFleeting = false
  let turn: Promise<unknown> = Promise.resolve()

  async function answer({
    cpus,
    devices: further = [],
    signal,
  }: HypervisorQuestion): Promise<HypervisorFacts> {
    const devices = [...new Set([...ownDevices, ...further])]
    signal?.throwIfAborted()
    const { key, order } = await currentKey(options)
    const isOf = (candidate: HypervisorRecord | undefined) => isDeepStrictEqual(candidate?.key, key)
    if (!isOf(record)) record = await readHypervisorCache(options.cacheFile)
    const old = isOf(record) ? record : undefined
    const missing = {
      cpus: [...always, ...cpus].filter((cpu) => old?.cpus[cpu] === undefined),
      devices: devices.filter((kind) => old?.devices[kind] === undefined),
    }
    if (old !== undefined && missing.cpus.length + missing.devices.length === 0)
      return toFacts(old, cpus, devices)

    const verdict =
      old === undefined ? (order ?? (await probeAccelerator({ ...options, signal }))) : verdictOf(old)
    isFleeting = verdict.isFleeting ?? isFleeting
    record = await ask(key, verdict, missing, old, { ...options, signal })
    // A trial that ran out of time on a busy host may go well when zonesd starts the next time.
    if (!isFleeting) await writeHypervisorCache(options.cacheFile, record)
    return toFacts(record, cpus, devices)
  }

  return (question) => {
    // One after the other: those who wait find the answer in memory. Nobody fails because another one gave up.
    const mine = turn.then(() => answer(question))
    turn = mine.catch(() => undefined)
    return mine
  }
}

async function currentKey({ binary, cpu, kvmDevice }: HypervisorSourceOptions) {
  const [program, bootId, order] = await Promise.all([
    findProgram(binary),
    readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    acceleratorWithoutTrial(kvmDevice),
  ])
  const key: HypervisorKey = {
    ...program,
    kernel: release(),
    bootId: bootId.trim(),
    order: order?.reason ?? null,
    cpu,
  }
  return { key, order }
}

type Verdict = Omit<AcceleratorVerdict, 'isFleeting'> & Partial<AcceleratorVerdict>

function verdictOf({ hypervisor, acceleratorReason }: HypervisorRecord): Verdict {
  return { accelerator: hypervisor.accelerator, reason: acceleratorReason }
}

interface AskOptions {
  readonly binary: string
  readonly signal: AbortSignal | undefined
}

async function ask(
  key: HypervisorKey,
  { accelerator, reason }: Verdict,
  missing: { readonly cpus: readonly string[]; readonly devices: readonly string[] },
  old: HypervisorRecord | undefined,
  { binary, signal }: AskOptions,
): Promise<HypervisorRecord> {
  await using qmp = await startProbe(binary, questionArguments(accelerator), { signal })
  const options = { signal }
  const [hypervisor, models, folders, tscFrequencyHz] =
    old === undefined
      ? await Promise.all([
          queryHypervisor(qmp, accelerator, options),
          queryCpuModels(qmp, options),
          firmwareFolders(binary, signal),
          guestTscHz(qmp, options),
        ])
      : [old.hypervisor, new Map(Object.entries(old.models)), old.firmwareFolders, old.tscFrequencyHz]
  const [cpus, devices] = await Promise.all([
    Promise.all(missing.cpus.map(async (cpu) => [cpu, await queryCpu(qmp, cpu, models, options)] as const)),
    Promise.all(missing.devices.map(async (kind) => [kind, await hasDevice(qmp, kind, options)] as const)),
  ])
  return {
    schema: 2,
    key,
    acceleratorReason: reason,
    hypervisor,
    firmwareFolders: folders,
    tscFrequencyHz,
    models: Object.fromEntries(Array.from(models, ([name, lacking]) => [name, [...lacking]])),
    cpus: { ...old?.cpus, ...Object.fromEntries(cpus) },
    devices: { ...old?.devices, ...Object.fromEntries(devices) },
  }
}

function toFacts(
  record: HypervisorRecord,
  cpus: readonly string[],
  devices: readonly string[],
): HypervisorFacts {
  const wanted = new Set([...always, ...cpus])
  const others = Object.entries(record.models).filter(([name]) => !wanted.has(name))
  return {
    firmwareFolders: record.firmwareFolders,
    tscFrequencyHz: record.tscFrequencyHz,
    hypervisor: {
      ...record.hypervisor,
      acceleratorReason: record.acceleratorReason,
      devices: devices.filter((kind) => record.devices[kind] === true),
    },
    cpuModels: [
      // A model that this QEMU does not know has no entry, whatever features were to be added to it.
      ...[...wanted].flatMap((cpu) =>
        record.models[cpu.split(',', 1)[0] ?? ''] === undefined ? [] : (record.cpus[cpu] ?? []),
      ),
      ...others.map(([name, unavailableFeatures]) => ({
        name,
        unavailableFeatures,
        features: { unknown: `nobody asked for the features of ${name}` },
      })),
    ],
  }
}
