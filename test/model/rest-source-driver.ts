import assert from 'node:assert/strict'
import { mock } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Host } from '../../src/agent/host.ts'
import { migrateHandlers } from '../../src/agent/operations/migrate.ts'
import { zoneHandlers } from '../../src/agent/operations/zone.ts'
import { settleAgain } from '../../src/agent/outgoing/settle-held.ts'
import { takeUp } from '../../src/agent/take-up.ts'
import { readRecord } from '../../src/agent/zone-record.ts'
import { ZoneRegistry } from '../../src/agent/zone-registry.ts'
import { ZoneError } from '../../src/errors.ts'
import { journalPath, migrationJournal } from '../../src/migration/journal.ts'
import { agentHost } from '../fixtures/agent/agent-host.ts'
import { lateClock } from '../fixtures/late-clock.ts'
import { type Answering, playedTarget } from '../fixtures/peer/played-target.ts'
import { Gates } from './gates.ts'
import type { State } from './rest-hand-over.ts'
import { migrate, type RestKind, zoneAtRest } from './rest-source-zone.ts'
import { hangsUp, losablePeer } from './source-target.ts'
import { isFree } from './source-zone.ts'

const name = 'web1'
const never = new AbortController().signal
const call = { signal: never, progress: () => undefined }
/** So long the code may take from one step to the next. */
const mostMs = 30_000
/** Longer than anything is tried. */
const longMs = 3_600_000
const silence = new ZoneError('zonesd is ending', { code: 'ENDING' })
const noRoom = Object.assign(new Error('no space left on device'), { code: 'ENOSPC', syscall: 'write' })

const clock = lateClock()

/** A source's zonesd: all of its code, with a zone that does not run and a target that is played. It stops at each state that the model has. */
export async function restSourceDriver(kind: RestKind) {
  await using undo = new AsyncDisposableStack()
  const rig = undo.use(await agentHost())
  const { layout } = rig
  const gates = new Gates<State['sDoes']>()
  let isUp = true
  let isDiskFull = false
  let said: Partial<State> = {}
  let working = 0
  const target = undo.use(playedTarget(converse))
  const conversation = converse()
  const peer = losablePeer(target.uri, async (method, ...rest) => {
    if (method !== 'peer/abort') return conversation(method, ...rest)
    said = { ...said, ask: true }
    return { status: 'none' }
  })

  const zone = () => rig.host.registry.get(name)
  const journal = async () => {
    const read = await readRecord(journalPath(layout.zoneFolder(name)), migrationJournal)
    return read?.direction === 'out' ? read : undefined
  }

  /** A conversation with the target: what it has to say of the hand-over is the test's to say. */
  function converse(): Answering {
    const by = gates.generation
    async function stands(at: State['sDoes'], says: Partial<State>): Promise<string | undefined> {
      if (by === gates.generation) said = { ...said, ...says }
      const outcome = await gates.standAt<Error | string>(at, at, by)
      if (outcome instanceof Error) throw outcome
      return outcome
    }
    return async (method, params, hangUp) => {
      if (method === 'peer/reserve') return { imported: true, missing: [] }
      if (method === 'peer/go') {
        await stands('waits', { go: true })
        return { afterwardsMs: 0 }
      }
      if (method !== 'peer/abort') return {}
      if ((params as { knowsOfLoss: boolean }).knowsOfLoss) {
        // In the background: nobody waits for it.
        if (by === gates.generation) said = { ...said, ask: true }
        return { status: 'none' }
      }
      const at = (await journal())?.handedOver === true ? 'asks' : 'sure'
      const outcome = await stands(at, { ask: true })
      if (outcome === hangsUp) hangUp()
      return { status: outcome ?? 'none' }
    }
  }

  /** That the zone has left is written down in one step, after which it stands still. */
  function gateWriting({ registry }: Host): void {
    const by = gates.generation
    const update = registry.update.bind(registry)
    mock.method(registry, 'update', async (...[of, change]: Parameters<typeof update>) => {
      if (change.movedTo === undefined) return update(of, change)
      if (isDiskFull) throw noRoom
      await update(of, change)
      await gates.standAt('leaves', 'written', by)
    })
  }

  function work(begun: Promise<unknown>): void {
    const by = gates.generation
    working += 1
    const over = () => {
      if (by === gates.generation) working -= 1
    }
    begun.then(over, over)
  }

  const isBusy = () => isUp && (working > 0 || zone().operation !== undefined)

  /** @throws if it neither stands anywhere nor ends */
  async function settled(isThere = () => gates.at !== undefined || !isBusy()): Promise<void> {
    const end = Date.now() + mostMs
    while (!isThere()) {
      if (Date.now() > end) throw new Error('The code neither stands still where the model does nor ends')
      await sleep(1)
    }
  }

  async function goOn(outcome?: unknown): Promise<void> {
    gates.open(outcome)
    await settled()
  }

  /** Its promises stand at their gates for ever. */
  function die(): void {
    gates.die()
    working = 0
    isUp = false
  }

  const does = (): State['sDoes'] => {
    if (!isUp) return 'nothing'
    return gates.at ?? (zone().moving === 'migrating-out' ? 'held' : 'nothing')
  }

  gateWriting(rig.host)
  const here = await zoneAtRest(rig, name, kind)
  work(
    here.exclusively('migrate', never, (operation) =>
      migrate(rig.host, here, operation, { peer, environment: target.environment, gates }),
    ),
  )
  await settled()
  said = {}
  const kept = undo.move()

  return {
    async state(): Promise<Partial<State>> {
      const disk = new ZoneRegistry(layout)
      await disk.load()
      const record = disk.find(name)?.record
      const isHere = record?.state === 'installed'
      assert.equal(record?.suspended !== undefined, isHere && kind === 'warm', 'its image is where it is')
      const written = await journal()
      return {
        sUp: isUp,
        sZone: isHere ? 'installed' : 'configured',
        sJournal: written === undefined ? 'none' : written.handedOver === true ? 'handed over' : 'out',
        sDoes: does(),
      }
    },
    takeSaid(): Partial<State> {
      const taken = said
      said = {}
      return taken
    },
    isFree: () => isUp && isFree(zone()),

    goOn,
    async withoutRoom(outcome?: string): Promise<void> {
      isDiskFull = true
      await goOn(outcome)
      isDiskFull = false
    },
    asksAgain: () => goOn(silence),
    async getsNoAnswer(outcome: unknown = silence): Promise<void> {
      // It goes on telling it in the background.
      const isSure = gates.at === 'sure'
      if (isSure) said = {}
      clock.advance(longMs)
      await goOn(outcome)
      target.reach(true)
      if (isSure) await settled(() => said.ask === true)
    },
    isUnreachable(): Promise<void> {
      target.reach(false)
      return this.getsNoAnswer(hangsUp)
    },

    async cancel(): Promise<void> {
      await zoneHandlers['zone/cancel'](rig.host, { zone: name }, call).catch(() => undefined)
      if (gates.kind === 'offered') await goOn()
    },
    async disconnect(): Promise<void> {
      const { at, kind: stands } = gates
      // The answer that is waited for does not come any more.
      if (at === 'waits') gates.leave()
      peer.lose()
      // Whoever looks for a cancel finds it.
      await sleep(1)
      if (at === 'sends') await goOn()
      await settled()
      if (stands === 'offered') await settled(() => said.ask === true)
    },

    die,
    async goDown(): Promise<void> {
      die()
      await rig.reboot()
    },
    async start(): Promise<void> {
      gateWriting(await rig.restart())
      isUp = true
      work(takeUp(rig.host, zone()))
      await settled()
    },
    async recover(): Promise<void> {
      const params = { zone: name, environment: target.environment, targetIsGone: false }
      work(migrateHandlers['zone/recover'](rig.host, params, call))
      await settled()
    },
    async triesAgain(): Promise<void> {
      work(settleAgain(rig.host, zone()))
      await settled()
    },

    async [Symbol.asyncDispose](): Promise<void> {
      die()
      await kept.disposeAsync()
    },
  }
}

export type RestSourceDriver = Awaited<ReturnType<typeof restSourceDriver>>
