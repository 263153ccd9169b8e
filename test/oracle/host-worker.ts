import { ZoneError } from '../../src/errors.ts'
import { placeMark, seesMark } from '../../src/storage/mark.ts'
import { runCommand } from '../../src/util/run-command.ts'
import { type Suspension, suspension } from '../../src/vm/suspension.ts'
import { type GuestImage, openGuestImage, writeGuestImage } from './guest-image.ts'
import { GuestOnHost } from './guest-on-host.ts'
import { connectionsOf } from './host-connections.ts'
import { type FactsQuestion, hostPlace } from './host-place.ts'
import type { Answer, Question } from './oracle-host.ts'

// A host of the oracle: does with its QEMU what zonesd would, as its parent asks. It has one guest at most.

const place = await hostPlace()
let guest: GuestOnHost | undefined
/** Of a suspended guest, until it has been loaded. */
let image: GuestImage | undefined
/** What was put on disks, to prove that they are shared. */
let marks = new AsyncDisposableStack()

const never = new AbortController().signal

function theGuest(): GuestOnHost {
  if (guest === undefined) throw new Error('There is no guest on this host')
  return guest
}

const operations = {
  facts: (question: FactsQuestion) => place.facts(question),

  /** Boots the zone of a configuration. */
  async boot({ configText }: { readonly configText: string }) {
    const spec = await place.machineOf(configText)
    guest = await GuestOnHost.start(place, { spec, configText, incoming: false })
    return spec
  },

  /**
   * Starts a machine that waits for a guest.
   *
   * @param spec of the guest's machine, which is made here too unless this host describes its own
   * @param own this host has a configuration, and its machine is the one that this describes
   */
  async awaitGuest({
    spec,
    configText,
    own,
  }: {
    readonly spec: string
    readonly configText: string
    readonly own: boolean
  }) {
    const given = place.parseSpec(spec)
    const made = own ? await place.machineOf(configText, given.machineType) : given
    guest = await GuestOnHost.start(place, { spec: made, configText, incoming: true })
    return null
  },

  /**
   * Suspends the guest to where its configuration says, and ends its machine.
   *
   * @param zoneKey in hexadecimal
   */
  async suspend({ zoneKey }: { readonly zoneKey: string }): Promise<Suspension> {
    const suspended = await writeGuestImage(place, theGuest(), Buffer.from(zoneKey, 'hex'))
    await operations.end()
    return suspended
  },

  /**
   * Opens the image of a suspended guest.
   *
   * @param record what the host knows of it that has suspended it, as JSON
   * @returns the machine that the guest was suspended in, by the image
   */
  async openImage({ record, zoneKey }: { readonly record: string; readonly zoneKey: string }) {
    await image?.[Symbol.asyncDispose]()
    const known = suspension.parse(JSON.parse(record))
    image = await openGuestImage(place, known, Buffer.from(zoneKey, 'hex'))
    return image.suspended.spec
  },

  /** Gives the guest in the image to the machine that waits for it. */
  async loadImage() {
    await image?.load(theGuest().machine.qemu.qmp)
    return null
  },

  bootRecord: () => theGuest().bootRecord(),
  /** Puts a mark, in hexadecimal, on a disk; answers whether it has a place for one. */
  async placeMark({ uri, mark }: { readonly uri: string; readonly mark: string }) {
    const placed = await placeMark(uri, place.storage, Buffer.from(mark, 'hex'), never)
    if (placed !== undefined) marks.use(placed)
    return placed !== undefined
  },
  async removeMarks() {
    const placed = marks
    marks = new AsyncDisposableStack()
    await placed.disposeAsync()
    return null
  },
  /** Whether a mark is on a disk as this host sees it; null: it has no place for one. */
  seesMark: async ({ uri, mark }: { readonly uri: string; readonly mark: string }) =>
    (await seesMark(uri, place.storage, Buffer.from(mark, 'hex'), never)) ?? null,

  listen: (stream: Parameters<GuestOnHost['listen']>[0]) => theGuest().listen(stream),
  send: (stream: Parameters<GuestOnHost['send']>[0]) => theGuest().send(stream),
  drain: () => theGuest().drain(),
  takeBack: () => theGuest().takeBack(),
  resume: (stream: Parameters<GuestOnHost['resume']>[0]) => theGuest().resume(stream),
  report: (kind: 'full' | 'short') => theGuest().report(kind),

  /** The last words of QEMU, of a guest that came to nothing as well. */
  lastWords: () => place.qemuWords(),

  connections: () => connectionsOf(theGuest().machine),

  /** Changes this host, or puts it right again; each command as program and arguments. */
  async run({ commands }: { readonly commands: readonly (readonly string[])[] }) {
    for (const [program = '', ...args] of commands) await runCommand(program, args)
    return null
  },

  async end() {
    await operations.removeMarks()
    await image?.[Symbol.asyncDispose]()
    image = undefined
    await guest?.[Symbol.asyncDispose]()
    guest = undefined
    return null
  },
}

/** What the oracle can ask of a host. */
export type HostOperations = typeof operations

async function answer({ id, operation, params }: Question): Promise<Answer> {
  try {
    if (!Object.hasOwn(operations, operation)) throw new Error(`There is no operation "${operation}"`)
    // The types of `OracleHost.call` say which parameters belong to which operation.
    const run = operations[operation as keyof HostOperations] as (params: unknown) => unknown
    return { id, result: await run(params) }
  } catch (error) {
    const isPlain = error instanceof ZoneError || (error instanceof Error && error.name.startsWith('Qmp'))
    const message = isPlain ? error.message : error instanceof Error ? (error.stack ?? '') : String(error)
    return { id, error: { message, code: error instanceof ZoneError ? error.code : undefined } }
  }
}

process.on('message', (question: Question) => {
  void answer(question).then((reply) => process.connected && process.send?.(reply))
})
// The oracle has ended: nothing may be left.
process.once('disconnect', () => void operations.end().finally(() => process.exit(0)))
