import { existsSync } from 'node:fs'
import { mock } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Host } from '../../src/agent/host.ts'
import { hasArrived } from '../../src/agent/incoming/arrival-ledger.ts'
import { Arrivals } from '../../src/agent/incoming/arrivals.ts'
import { takeUp } from '../../src/agent/take-up.ts'
import { ZoneRegistry } from '../../src/agent/zone-registry.ts'
import { journalPath } from '../../src/migration/journal.ts'
import { agentHost } from '../fixtures/agent/agent-host.ts'
import { tinyConfig, tinySpec } from '../fixtures/tiny-machine.ts'
import { Gates } from './gates.ts'
import type { State } from './rest-hand-over.ts'
import { isFree } from './source-zone.ts'

const name = 'web1'
/** So long the code may take from one step to the next. */
const mostMs = 30_000
/** Who has to wait until the code goes on gets no answer for as long as it stands. */
const patienceMs = 50
const noRoom = Object.assign(new Error('no space left on device'), { code: 'ENOSPC', syscall: 'write' })

/** A target's zonesd, to which a zone that does not run is on its way: all of its code. It stops at each state that the model has. */
export async function restTargetDriver() {
  await using undo = new AsyncDisposableStack()
  const rig = undo.use(await agentHost())
  const { layout } = rig
  const migrationId: string = crypto.randomUUID()
  const gates = new Gates<State['tDoes']>()
  let isUp = true
  let said: Partial<State> = {}
  let working = 0
  let arrivals = new Arrivals(rig.host)
  const zone = () => rig.host.registry.find(name)

  /** The arrival is written down in one step, before and after which it stands still. */
  function gateWriting({ registry }: Host): void {
    const by = gates.generation
    const update = registry.update.bind(registry)
    mock.method(registry, 'update', async (...[of, change]: Parameters<typeof update>) => {
      if (change.arrival !== migrationId) return update(of, change)
      const stands = async (where: string) => {
        const failure = await gates.standAt<Error>('goes', where, by)
        if (failure !== undefined) throw failure
      }
      if (of.record.arrival !== migrationId) await stands('before')
      await update(of, change)
      await stands('after')
    })
  }

  /** @param says what it says to the source as soon as it has ended */
  function work<T>(begun: Promise<T>, says: (value: T) => Partial<State>, orElse: Partial<State> = {}): void {
    const by = gates.generation
    working += 1
    const over = (more: Partial<State>) => {
      if (by !== gates.generation) return
      working -= 1
      said = { ...said, ...more }
    }
    begun.then(
      (value) => over(says(value)),
      () => over(orElse),
    )
  }

  /** @throws if it neither stands anywhere nor ends */
  async function settled(): Promise<void> {
    const end = Date.now() + mostMs
    while (gates.at === undefined && working > 0) {
      if (Date.now() > end) throw new Error('The code neither stands still where the model does nor ends')
      await sleep(1)
    }
    // Whoever can be answered although something stands.
    if (working > 0) await sleep(patienceMs)
  }

  const does = (): State['tDoes'] => {
    if (!isUp) return 'nothing'
    if (gates.at !== undefined || zone()?.settleArrival !== undefined) return 'goes'
    try {
      arrivals.alive(migrationId)
      return 'waits'
    } catch {
      return 'nothing'
    }
  }

  /** Its promises stand at their gates for ever. */
  function die(): void {
    arrivals[Symbol.dispose]()
    gates.die()
    working = 0
    isUp = false
  }

  gateWriting(rig.host)
  await arrivals.reserve({
    migrationId,
    zone: name,
    source: 'alpha',
    spec: tinySpec(name),
    configText: tinyConfig,
    kind: 'cold',
  })
  const kept = undo.move()

  return {
    async state(): Promise<Partial<State>> {
      const disk = new ZoneRegistry(layout)
      await disk.load()
      const record = disk.find(name)?.record
      const isHere = record?.state === 'installed' && record.arrival === migrationId
      const hasMoved = !isHere && (await hasArrived(layout, migrationId))
      return {
        tUp: isUp,
        tZone: isHere ? 'installed' : hasMoved ? 'elsewhere' : 'none',
        tJournal: existsSync(journalPath(layout.zoneFolder(name))),
        tDoes: does(),
      }
    },
    takeSaid(): Partial<State> {
      const taken = said
      said = {}
      return taken
    },
    isFree() {
      const found = zone()
      return isUp && found !== undefined && isFree(found)
    },

    async go(): Promise<void> {
      work(arrivals.go(migrationId), () => ({ goAnswer: 'ok' }), { goAnswer: 'refused' })
      await settled()
    },
    /** Lets it go on to where it stands next; what has failed is tried again. */
    async step(failure?: Error): Promise<void> {
      if (gates.at === undefined) work(zone()?.settleArrival?.() ?? Promise.resolve(), () => ({}))
      await settled()
      gates.open(failure)
      await settled()
    },
    withoutRoom(): Promise<void> {
      return this.step(noRoom)
    },
    async ask(): Promise<void> {
      work(arrivals.abort({ migrationId, zone: name, knowsOfLoss: false }), (answer) =>
        answer === 'lost' ? {} : { answer },
      )
      await settled()
    },
    async hangUp(): Promise<void> {
      work(arrivals.conversationEnded([migrationId]), () => ({}))
      await settled()
    },
    /** It has gone, come back and gone again by other migrations since. */
    async movesOn(): Promise<void> {
      const arrival: string = crypto.randomUUID()
      await rig.host.registry.update(rig.host.registry.get(name), { state: 'configured', arrival })
    },

    die,
    async goDown(): Promise<void> {
      die()
      await rig.reboot()
    },
    async start(): Promise<void> {
      const host = await rig.restart()
      arrivals = new Arrivals(host)
      isUp = true
      const found = zone()
      if (found !== undefined) await takeUp(host, found)
    },

    async [Symbol.asyncDispose](): Promise<void> {
      die()
      await kept.disposeAsync()
    },
  }
}

export type RestTargetDriver = Awaited<ReturnType<typeof restTargetDriver>>
