import { setTimeout as sleep } from 'node:timers/promises'
import { migrateHandlers } from '../../src/agent/operations/migrate.ts'
import { zoneHandlers } from '../../src/agent/operations/zone.ts'
import { settleAgain } from '../../src/agent/outgoing/settle-held.ts'
import { takeUp } from '../../src/agent/take-up.ts'
import { ZoneError } from '../../src/errors.ts'
import { agentHost } from '../fixtures/agent/agent-host.ts'
import { lateClock } from '../fixtures/late-clock.ts'
import { type Answering, playedTarget } from '../fixtures/peer/played-target.ts'
import { Gates } from './gates.ts'
import type { State } from './hand-over-state.ts'
import { freshQemu, playSourceQemu } from './source-qemu.ts'
import { type Sent, type SourceState, stateOnDisk, wayOnDisk } from './source-state.ts'
import { answering, hangsUp, losablePeer } from './source-target.ts'
import { isFree, migrate, runningZone } from './source-zone.ts'
import { watchHost } from './watched-host.ts'

const name = 'web1'
const never = new AbortController().signal
const call = { signal: never, progress: () => undefined }
/** So long the code may take from one step to the next. */
const mostMs = 30_000
/** Longer than anything is tried. */
const longMs = 3_600_000

const clock = lateClock()
/** The time is up for whatever waits. */
const late = () => clock.advance(longMs)

/** A source's zonesd: all of its code, with a QEMU and a target that are played. It stops at each state that the model has. */
export async function sourceDriver() {
  await using undo = new AsyncDisposableStack()
  const rig = undo.use(await agentHost())
  const { layout } = rig
  const qemu = freshQemu()
  const gates = new Gates<State['sDoes']>()
  let isUp = true
  let sent: Sent = {}
  /** How often the target is told in the background, and has not heard it yet. */
  let tells = 0
  let isNobodyThere = false
  let working = 0
  let leaveQemu: (() => void) | undefined
  let stopped = () => undefined as void
  const target = undo.use(playedTarget(converse))
  const asked = converse()
  const peer = losablePeer(target.uri, async (method, ...params) => {
    if (method !== 'peer/abort') return asked(method, ...params)
    says({ ask: true })
    return { status: 'none' }
  })

  const zone = () => rig.host.registry.get(name)
  function says(more: Sent): void {
    sent = { ...sent, ...more }
  }

  function converse(): Answering {
    const by = gates.generation
    return answering({
      standAt: (at, kind) => gates.standAt(at, kind, by),
      says,
      asks,
      isBeside: () => tells > 0 && tells-- > 0,
      isNobodyThere: () => isNobodyThere,
      late,
    })
  }

  /** That it is sure shows only in what it does next. */
  function asks(): State['sDoes'] {
    const isFar = qemu.machine === 'sent' || qemu.machine === 'gone'
    return isFar && wayOnDisk(layout, name) !== undefined ? 'asks' : 'sure'
  }

  function forgetQemu(): void {
    const found = rig.host.registry.find(name)
    if (found !== undefined) found.running = undefined
  }

  async function play(): Promise<void> {
    const by = gates.generation
    let ending: State['sDoes'] = 'leaves'
    const { qmp, transport } = await playSourceQemu(qemu, {
      standAt: (at, kind) => gates.standAt(at, kind, by),
      isDead: () => by !== gates.generation,
      quits: (as) => {
        ending = as
      },
      ended: () => leaveQemu?.(),
      late,
    })
    leaveQemu = () => {
      forgetQemu()
      transport.hangUp('killed')
    }
    stopped = () => transport.event('STOP')
    zone().running = runningZone(name, qmp, () =>
      qemu.machine === 'gone' ? gates.standAt(ending, 'ended', by) : undefined,
    )
  }

  function tellsBeside(): void {
    tells += 1
    says({ ask: true, lossKnown: true })
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
  async function settled(): Promise<void> {
    const end = Date.now() + mostMs
    while (gates.at === undefined && isBusy()) {
      if (Date.now() > end) throw new Error('The code neither stands still where the model does nor ends')
      await sleep(1)
    }
  }

  const does = (): State['sDoes'] => {
    if (!isUp) return 'nothing'
    return gates.at ?? (zone().moving === 'migrating-out' ? 'held' : 'nothing')
  }

  const state = async (): Promise<SourceState> => ({
    sUp: isUp,
    sMachine: qemu.machine,
    ...(await stateOnDisk(layout, name)),
    sDoes: does(),
    missing: qemu.machine === 'sent' && qemu.missing,
  })

  /** Lets it go on to where it stands next, in another state of the model. */
  async function goOn(outcome?: unknown): Promise<void> {
    const before = JSON.stringify([await state(), sent])
    const passed = new Set<string>()
    for (let given = outcome; ; given = undefined) {
      passed.add(gates.kind ?? '')
      gates.open(given)
      await settled()
      if (gates.kind === undefined || passed.has(gates.kind)) return
      if (JSON.stringify([await state(), sent]) !== before) return
    }
  }

  watchHost(rig.host, gates, tellsBeside)
  const here = await rig.zone(name, 'installed')
  await play()
  work(
    here.exclusively('migrate', never, (operation) =>
      migrate(rig.host, here, operation, peer, target.environment),
    ),
  )
  await settled()
  sent = {}
  const kept = undo.move()

  return {
    state,
    /** What it has sent since that was asked for last. */
    takeSent(): Sent {
      const taken = sent
      sent = {}
      return taken
    },
    /** Whether its operator could boot the zone, if it has no machine. */
    isFree: () => isUp && isFree(zone()),
    goOn,

    /** Nobody answers until it gives up. */
    async isUnreachable(): Promise<void> {
      target.reach(false)
      late()
      await goOn(hangsUp)
      target.reach(true)
    },
    async getsNoAnswer(): Promise<void> {
      late()
      await goOn(silence)
    },
    asksAgain: () => goOn(silence),

    async cancel(): Promise<void> {
      await zoneHandlers['zone/cancel'](rig.host, { zone: name }, call).catch(() => undefined)
      if (gates.kind === 'memory' || gates.kind === 'drain') return goOn()
      if (gates.kind !== 'prepare') return
      gates.leave()
      await settled()
    },

    async disconnect(): Promise<void> {
      const { kind: stands } = gates
      // That of a zonesd that is dead has ended with it.
      if (gates.generation > 0) return
      if (stands === 'prepare' || stands === 'go') gates.leave()
      peer.lose()
      // Whoever looks for a cancel finds it.
      await sleep(1)
      if (stands === 'memory' || stands === 'clear') return goOn()
      await settled()
    },

    fails(): Promise<void> {
      if (gates.kind === 'memory') qemu.ended = 'failed'
      return goOn(gates.kind === 'memory' ? undefined : new Error('no'))
    },
    async refuses(): Promise<void> {
      qemu.refuses = true
      await goOn()
      qemu.refuses = false
    },
    async breaks(isOver = false): Promise<void> {
      qemu.isStreamBroken = true
      isNobodyThere = isOver
      await goOn()
      qemu.isStreamBroken = isNobodyThere = false
    },
    arrives(missing: boolean): void {
      qemu.machine = 'sent'
      qemu.missing = missing
      qemu.ended = undefined
      stopped()
    },
    arrivesAfterwards(): void {
      qemu.missing = false
    },

    killQemu(): void {
      qemu.machine = 'gone'
      // Whoever waits for a word of it notices by that.
      const isAsked = ['memory', 'migrate', 'drain', 'take back', 'clear', 'quit'].includes(gates.kind ?? '')
      if (isUp && !isAsked) leaveQemu?.()
    },
    die,
    async goDown(): Promise<void> {
      qemu.machine = 'gone'
      die()
      forgetQemu()
      await rig.reboot()
    },
    async start(): Promise<void> {
      forgetQemu()
      watchHost(await rig.restart(), gates, tellsBeside)
      isUp = true
      if (qemu.machine !== 'gone') await play()
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
      forgetQemu()
      await kept.disposeAsync()
    },
  }

  /** Its promises stand at their gates for ever. */
  function die(): void {
    gates.die()
    working = tells = 0
    isUp = false
  }
}

const silence = new ZoneError('zonesd is ending', { code: 'ENDING' })

export type SourceDriver = Awaited<ReturnType<typeof sourceDriver>>
