import { join } from 'node:path'
import { bootRecord } from '../../src/agent/outgoing/source-zone.ts'
import { normalPageBytes } from '../../src/compat/backing-pages.ts'
import { readHugePages } from '../../src/facts/memory.ts'
import type { BootRecord, Fact } from '../../src/facts/schema.ts'
import { drainMemory } from '../../src/migration/drain-memory.ts'
import { type MemorySent, sendMemory } from '../../src/migration/send-memory.ts'
import { placeStreamKey } from '../../src/migration/stream-key.ts'
import { clearStream, prepareStream } from '../../src/migration/stream-settings.ts'
import { takeBack } from '../../src/migration/take-back.ts'
import { migrationSchema, statusSchema } from '../../src/qmp/schemas.ts'
import { retryUntil } from '../../src/util/retry-until.ts'
import { nicKey } from '../../src/vm/command-line.ts'
import { endMachine, type Machine, startMachine } from '../../src/vm/machine.ts'
import { backingPageBytes } from '../../src/vm/memory-backend.ts'
import type { NicAttachment } from '../../src/vm/network.ts'
import type { MachineSpec } from '../../src/vm/schema.ts'
import { GuestConsole } from './guest-console.ts'
import { HalfThere, postcopyBytesPerSecond } from './half-there.ts'
import { contractOf, type HostPlace, zonename } from './host-place.ts'

/** How the memory travels: what both ends agree on. */
export interface Stream {
  /** In hexadecimal; null: in the clear. */
  readonly psk: string | null
  /** TLS priority string; null: the library's choice. */
  readonly priority: string | null
  /** Whether the guest goes on at the target before all of its memory is there. */
  readonly postcopy: boolean
}

interface StartOptions {
  readonly spec: MachineSpec
  /** The configuration that holds on this host. */
  readonly configText: string
  readonly incoming: boolean
}

const settleTimeoutMs = 10_000
const transferTimeoutMs = 45_000
/** How long a guest may stand still at the end that is to go on by post-copy. */
const pauseMs = 300

/** The machine of the zone on one host, and what zonesd would do with it. */
export class GuestOnHost implements AsyncDisposable {
  readonly machine: Machine
  readonly #place: HostPlace
  readonly #console: GuestConsole
  /** The configuration that the machine was made from, or that holds here. */
  readonly configText: string
  readonly #pageBytes: number

  private constructor(
    place: HostPlace,
    machine: Machine,
    console: GuestConsole,
    { configText, pageBytes }: { readonly configText: string; readonly pageBytes: number | undefined },
  ) {
    this.#place = place
    this.machine = machine
    this.#console = console
    this.configText = configText
    this.#pageBytes = pageBytes ?? normalPageBytes
  }

  /** @throws ZoneError of a machine that cannot be made here */
  static async start(place: HostPlace, { spec, configText, incoming }: StartOptions): Promise<GuestOnHost> {
    const { layout, storage } = place
    const contract = contractOf(configText)
    const pools = await readHugePages()
    const pageBytes = backingPageBytes(contract.memory, pools)
    const on = { layout, storage, attachments: attachmentsOf(configText, spec), pageBytes, incoming }
    const machine = await startMachine(spec, on)
    const console = await GuestConsole.open(layout.consoleSocket(zonename))
    if (!incoming) await machine.qemu.qmp.execute('cont')
    return new GuestOnHost(place, machine, console, { configText, pageBytes })
  }

  bootRecord(): Promise<Fact<BootRecord>> {
    const { spec, links } = this.machine
    const record = {
      schema: 1 as const,
      zoneId: 1,
      spec,
      links: [...links],
      configText: this.configText,
      pageBytes: this.#pageBytes,
    }
    return bootRecord({ machine: this.machine, record, console: undefined })
  }

  /** @returns the port where QEMU waits for the guest on that address */
  async listen({ address, ...stream }: Stream & { readonly address: string }): Promise<string> {
    const { qmp } = this.machine.qemu
    await this.#prepare('server', stream)
    await qmp.execute('migrate-incoming', { uri: `tcp:${address}:0` })
    const port = await retryUntil(
      async () => {
        const state = await qmp.execute('query-migrate', {}, { schema: migrationSchema })
        return state['socket-address']?.find((socket) => socket.port !== undefined)?.port
      },
      { timeoutMs: settleTimeoutMs, intervalMs: 5 },
    )
    if (port === undefined) throw new Error('QEMU does not listen')
    return port
  }

  async send({ uri, ...stream }: Stream & { readonly uri: string }): Promise<MemorySent> {
    await this.#prepare('client', stream)
    const signal = AbortSignal.timeout(transferTimeoutMs)
    // As zonesd does: an emulated guest that runs while QEMU looks at what it has changed can lose a write (decision 17).
    const convergence = stream.postcopy ? { convergence: new HalfThere() } : {}
    return sendMemory(this.machine.qemu.qmp, uri, signal, { isEmulated: true, ...convergence })
  }

  /** Sends what is missing of a guest that goes on elsewhere already. */
  async drain(): Promise<null> {
    const broken = () => Promise.reject(new Error('The stream of the post-copy is broken'))
    const signal = AbortSignal.timeout(transferTimeoutMs)
    const ways = { rejoin: broken, openWay: broken, line: () => undefined, signal }
    const end = await drainMemory(this.machine.qemu.qmp, ways)
    if (end !== 'whole') throw new Error(`What was missing of the memory has not come: ${end}`)
    return null
  }

  async takeBack(): Promise<null> {
    await takeBack(this.machine.qemu.qmp)
    return null
  }

  /** Lets the guest that has arrived go on, whether or not all of its memory is there. */
  async resume({ postcopy }: Pick<Stream, 'postcopy'>): Promise<null> {
    const { qmp } = this.machine.qemu
    const status = () => qmp.execute('query-status', {}, { schema: statusSchema })
    const loaded = await retryUntil(
      async () => ((await status()).status === 'inmigrate' ? undefined : true),
      {
        timeoutMs: settleTimeoutMs,
        intervalMs: 2,
      },
    )
    if (loaded === undefined) throw new Error('The guest has not arrived')
    if (postcopy) await clearStream(qmp)
    await qmp.execute('cont')
    return null
  }

  /** What the guest reports now, as text. */
  report(kind: 'full' | 'short'): Promise<string> {
    return this.#console.report(kind)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#console[Symbol.dispose]()
    await endMachine(this.#place.layout, this.machine)
  }

  async #prepare(endpoint: 'client' | 'server', { psk, priority, postcopy }: Stream) {
    const folder = join(this.#place.layout.runFolder, `${zonename}.key`)
    // The folder ends with the host's: the server's end reads the key as late as at the handshake.
    const key = psk === null ? null : await placeStreamKey(folder, psk)
    await prepareStream(this.machine.qemu.qmp, endpoint, {
      keyFolder: key?.folder ?? null,
      priority: priority ?? undefined,
      postcopy,
      ...(postcopy && endpoint === 'client'
        ? { limits: { bytesPerSecond: postcopyBytesPerSecond, pauseMs } }
        : {}),
    })
  }
}

/** The bridge of each NIC of the machine, by the configuration that holds here. */
function attachmentsOf(configText: string, spec: MachineSpec): NicAttachment[] {
  const byKey = new Map(contractOf(configText).nics.map((nic) => [nicKey(nic), nic]))
  const auto = process.env['KZ_DEFAULT_LINK']
  return spec.nics.map((nic) => {
    const wanted = byKey.get(nicKey(nic))
    const bridge = wanted?.lowerLink === 'auto' ? auto : wanted?.lowerLink
    return { nic, bridge, vlanId: wanted?.vlanId, mtu: wanted?.mtu }
  })
}
