import { existsSync } from 'node:fs'
import { mock } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Host } from '../../src/agent/host.ts'
import { hasArrived } from '../../src/agent/incoming/arrival-ledger.ts'
import { Arrivals, readIncomingJournal, recoverIncoming } from '../../src/agent/incoming/arrivals.ts'
import { readIncomingMark } from '../../src/agent/incoming/incoming-mark.ts'
import { ZoneRegistry } from '../../src/agent/zone-registry.ts'
import { journalPath } from '../../src/migration/journal.ts'
import { agentHost } from '../fixtures/agent/agent-host.ts'
import { lateClock } from '../fixtures/late-clock.ts'
import { scriptedQmp } from '../fixtures/scripted-qmp.ts'
import { tinyConfig, tinySpec } from '../fixtures/tiny-machine.ts'
import type { State } from './hand-over-state.ts'

/** What of the model is the target's. */
export type TargetState = Pick<
  State,
  'tUp' | 'tMachine' | 'tJournal' | 'tMark' | 'tZone' | 'tLedger' | 'tDoes'
>
/** What it answers to a question, or to the word to go. */
export type Reply = Partial<Pick<State, 'answer' | 'goAnswer'>>

const name = 'web1'
/** No process has this number. */
const gone = { pid: 2 ** 30, startTicks: 0 }
const neverLoaded = { waits: 'inmigrate', loaded: 'paused', runs: 'running' } as const

/** Somewhere in the code where this test lets it stand until it is let go. */
interface Gate {
  readonly at: TargetState['tDoes']
  readonly open: (outcome?: Error) => void
}

/** A target's zonesd: all of its code, with a QEMU that is played. It stops at each state that the model has. */
export async function targetDriver() {
  const rig = await agentHost()
  const { layout } = rig
  const migrationId = crypto.randomUUID()
  let tMachine: keyof typeof neverLoaded | 'none' = 'waits'
  let isUp = true
  let gate: Gate | undefined
  let isTold = false
  let wasRefused = false
  let going: Promise<Reply> | undefined
  let recovering: Promise<undefined> | undefined
  let arrivals = new Arrivals(rig.host)

  const standAt = (at: Gate['at']) =>
    new Promise<void>((resolve, reject) => {
      gate = { at, open: (error) => (error === undefined ? resolve() : reject(error)) }
    })

  /** A conversation with the QEMU, whose death nobody has noticed before they ask. */
  async function playQemu(host: Host): Promise<void> {
    const { qmp, transport } = await scriptedQmp({
      'query-status': async () => {
        const isFirstLook = isTold && gate === undefined && tMachine === 'loaded'
        if (isFirstLook && (await readIncomingMark(layout, name)) !== 'going') await standAt('goes')
        if (tMachine === 'none') return transport.hangUp('killed')
        return { status: neverLoaded[tMachine], running: tMachine === 'runs' }
      },
      cont: async () => {
        await standAt('marked')
        if (tMachine === 'none') return transport.hangUp('killed')
        tMachine = 'runs'
        return {}
      },
      quit: () => {
        tMachine = 'none'
        return {}
      },
    })
    const machine = { spec: tinySpec(name), links: [], qemu: { identity: gone, qmp } }
    const record = {
      schema: 1 as const,
      zoneId: 1,
      spec: machine.spec,
      links: [],
      configText: tinyConfig,
      pageBytes: 4096,
    }
    host.registry.get(name).running = { machine, record, console: undefined }
  }

  /** The arrival is written down in one step, before and after which it stands still. */
  function gateWriting({ registry }: Host): void {
    const update = registry.update.bind(registry)
    mock.method(registry, 'update', async (...[zone, change]: Parameters<typeof update>) => {
      if (change.arrival === undefined) return update(zone, change)
      await standAt('ran')
      await update(zone, change)
      await standAt('recorded')
    })
  }

  async function start(): Promise<void> {
    // The zonesd before this one is dead: it goes on with nothing, whatever becomes of its QEMU.
    forgetQemu()
    const host = await rig.restart()
    gateWriting(host)
    arrivals = new Arrivals(host)
    isUp = true
    if (host.registry.find(name) === undefined) return
    if (tMachine !== 'none') await playQemu(host)
    const journal = await readIncomingJournal(host, name)
    if (journal !== undefined) recovering = recoverIncoming(host, journal).then(() => undefined)
    await whichever(recovering, () => gate !== undefined)
  }

  async function die(): Promise<void> {
    arrivals[Symbol.dispose]()
    // Its promises stand at their gates for ever.
    gate = going = recovering = undefined
    isTold = wasRefused = isUp = false
  }

  function forgetQemu(): void {
    const zone = rig.host.registry.find(name)
    if (zone !== undefined) zone.running = undefined
  }

  /** Waits until the code stands at another gate, or has answered. */
  async function goOn(before: Gate | undefined): Promise<Reply> {
    const isNext = () => gate !== before && gate !== undefined
    const reply = await whichever(going ?? recovering, isNext)
    if (isNext()) return {}
    gate = going = recovering = undefined
    isTold = false
    return reply ?? {}
  }

  /** Who has to wait until it goes on gets no answer for as long as it stands. */
  const unlessStanding = <T>(promise: Promise<T>): Promise<T | undefined> =>
    gate === undefined ? promise : Promise.race([promise, sleep(100, undefined)])

  const does = (): TargetState['tDoes'] => {
    if (!isUp) return 'nothing'
    if (gate !== undefined) return gate.at
    if (wasRefused) return 'refused'
    try {
      arrivals.alive(migrationId)
      return 'waits'
    } catch {
      return 'nothing'
    }
  }

  gateWriting(rig.host)
  await arrivals.reserve({
    migrationId,
    zone: name,
    source: 'alpha',
    spec: tinySpec(name),
    configText: tinyConfig,
  })
  await playQemu(rig.host)

  return {
    /** Whether the word to go is being carried out, so that somebody waits for its answer. */
    isTelling: () => going !== undefined,

    async state(): Promise<TargetState> {
      const disk = new ZoneRegistry(layout)
      await disk.load()
      const record = disk.find(name)?.record
      return {
        tUp: isUp,
        tMachine,
        tJournal: existsSync(journalPath(layout.zoneFolder(name))),
        tMark: (await readIncomingMark(layout, name)) ?? 'none',
        tZone: record?.state === 'installed' && record.arrival === migrationId ? 'installed' : 'none',
        tLedger: await hasArrived(layout, migrationId),
        tDoes: does(),
      }
    },

    async go(): Promise<Reply> {
      using clock = lateClock()
      isTold = true
      going = arrivals.go(migrationId).then(
        () => ({ goAnswer: 'ok' }),
        (error: { code?: string }) => {
          wasRefused = error.code !== 'NO_SUCH_MIGRATION'
          return { goAnswer: 'refused' }
        },
      )
      if (tMachine === 'waits') clock.advance(60_000)
      return goOn(undefined)
    },

    /** Lets it go on to where it stands next. */
    step(refusal?: Error): Promise<Reply> {
      const left = gate
      left?.open(refusal)
      return goOn(left)
    },

    async ask(knowsOfLoss = false): Promise<Reply> {
      const asked = arrivals.abort({ migrationId, zone: name, knowsOfLoss }).then(
        (answer): Reply => {
          wasRefused = false
          return { answer }
        },
        () => ({}),
      )
      return (await unlessStanding(asked)) ?? {}
    },

    async hangUp(): Promise<Reply> {
      const ended = arrivals.conversationEnded([migrationId]).then(() => {
        wasRefused &&= gate !== undefined
      })
      await unlessStanding(ended)
      return {}
    },

    start,
    die,

    load(): void {
      tMachine = 'loaded'
    },

    killQemu(): void {
      tMachine = 'none'
      // Whoever waits for a word of it notices by that.
      if (gate?.at !== 'goes' && gate?.at !== 'marked') forgetQemu()
    },

    async goDown(): Promise<void> {
      tMachine = 'none'
      forgetQemu()
      await die()
      await rig.reboot()
    },

    async [Symbol.asyncDispose](): Promise<void> {
      arrivals[Symbol.dispose]()
      forgetQemu()
      await rig[Symbol.asyncDispose]()
    },
  }
}

export type TargetDriver = Awaited<ReturnType<typeof targetDriver>>

/** Waits for whichever is first. */
async function whichever<T>(promise: Promise<T> | undefined, isThere: () => boolean): Promise<T | undefined> {
  let isOver = promise === undefined
  const end = () => {
    isOver = true
  }
  promise?.then(end, end)
  while (!isOver && !isThere()) await sleep(1)
  return isOver ? promise : undefined
}
