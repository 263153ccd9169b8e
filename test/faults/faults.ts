import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { processIdentity } from '../../src/util/process-identity.ts'
import { comeUp, goDown } from '../hosts/go-down.ts'
import type { Attempt } from './attempt.ts'
import { beyondLeaseMs, type FaultHost, zone } from './world.ts'

/** Something that goes wrong. */
export interface Fault {
  readonly name: string
  /** For people, as the end of "while the migration stands at STEP, …". */
  readonly words: string
  /** It takes longer than all leases. */
  readonly isLong?: true
  /** Only of use where a machine runs. */
  readonly needsMachine?: true
  /** Of which host the guest may be lost, as after a power failure: its machine ends. */
  readonly ends?: 'source' | 'target'
  /**
   * Called while the migration is held.
   *
   * @returns undefined if there is nothing at this step that it could befall
   */
  befall(attempt: Attempt): Promise<true | undefined>
  /** Called once the migration goes on; it may take its time. What it does not mend stays until the end of the case. */
  mend?(attempt: Attempt): Promise<void>
}

const shortMs = 1_000

/** Ids of the processes of a host whose command line has all these words. */
export function processesOf({ host }: FaultHost, ...words: readonly string[]): number[] {
  return host.processes().filter((pid) => {
    const path = `/proc/${pid}/cmdline`
    const line = existsSync(path) ? readFileSync(path, 'latin1') : ''
    return words.every((word) => line.includes(word))
  })
}

const signalAll = (pids: readonly number[], signal: NodeJS.Signals): true | undefined => {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch {
      // It has ended by itself.
    }
  }
  return pids.length > 0 ? true : undefined
}

export const qemus = (side: FaultHost) => processesOf(side, 'qemu-system', zone)
const daemons = (side: FaultHost) => processesOf(side, 'zonesd.js').filter((pid) => isDaemon(pid))
/** `zonesd dial-stdio` is the same program, and no daemon. */
const isDaemon = (pid: number) => !readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('dial-stdio')

/** Whether processes that were killed still have what they had open: a zombie has nothing any more. */
const areLeaving = async (pids: readonly number[]) =>
  (await Promise.all(pids.map(processIdentity))).some((identity) => identity !== undefined)

const both = ['source', 'target'] as const

const noStorage = (name: string, words: string, ms: number, host?: (attempt: Attempt) => string): Fault => ({
  name,
  words: `the storage is gone ${words}`,
  ...(ms > beyondLeaseMs / 2 ? { isLong: true } : {}),
  async befall(attempt) {
    await attempt.world.witness.cut(host?.(attempt))
    return true
  },
  async mend({ world }) {
    await sleep(ms)
    await world.witness.heal()
  },
})

const storageGone: readonly Fault[] = [
  noStorage('no-storage', 'for a second and a half', 1.5 * shortMs),
  noStorage('no-storage-long', 'for longer than all leases', beyondLeaseMs),
  ...both.map((side) =>
    noStorage(
      `no-storage-${side}`,
      `for the ${side} alone, for a second and a half`,
      1.5 * shortMs,
      (attempt) => attempt[side].host.address,
    ),
  ),
]

/** All faults, of which each is tried at each step. */
export const faults: readonly Fault[] = [
  ...both.map(
    (side): Fault => ({
      name: `kill-${side}-qemu`,
      words: `the ${side}'s QEMU is killed`,
      needsMachine: true,
      ends: side,
      befall: async (attempt) => {
        const hasBefallen = signalAll(qemus(attempt[side]), 'SIGKILL')
        while (qemus(attempt[side]).length > 0) await sleep(5)
        return hasBefallen
      },
    }),
  ),
  ...both.map(
    (side): Fault => ({
      name: `kill-${side}-zonesd`,
      words: `the ${side}'s zonesd is killed`,
      befall: async (attempt) => {
        const killed = daemons(attempt[side])
        const hasBefallen = signalAll(killed, 'SIGKILL')
        // Until it has ended its socket takes calls that nobody answers; what it ran is forgotten before that.
        while ((await areLeaving(killed)) || daemons(attempt[side]).length > 0) await sleep(5)
        return hasBefallen
      },
      mend: (attempt) => attempt[side].host.startZonesd(),
    }),
  ),
  {
    name: 'kill-client',
    words: 'the client is killed',
    befall: async ({ client }) => signalAll([client.pid ?? 0], 'SIGKILL'),
  },
  {
    name: 'kill-ssh',
    words: 'ssh is killed',
    befall: async ({ source }) => signalAll(processesOf(source, 'BatchMode', 'dial-stdio'), 'SIGKILL'),
  },
  {
    name: 'ctrl-c',
    words: 'the operator types Ctrl-C',
    befall: async ({ client }) => signalAll([client.pid ?? 0], 'SIGINT'),
  },
  {
    name: 'cancel',
    words: 'the operator types "migrate --cancel" in another terminal',
    async befall({ source }) {
      await source.host.run(['zoneadm', '-z', zone, 'migrate', '--cancel'])
      return true
    },
  },
  ...([shortMs, beyondLeaseMs] as const).map(
    (ms): Fault => ({
      name: ms === shortMs ? 'cut-link' : 'cut-link-long',
      ...(ms === shortMs ? {} : { isLong: true }),
      words: `the link is cut for ${ms === shortMs ? 'a second' : 'longer than all leases'}`,
      async befall({ target }) {
        await target.host.cutLink()
        return true
      },
      async mend({ target }) {
        await sleep(ms)
        await target.host.healLink()
      },
    }),
  ),
  {
    name: 'slow-link',
    words: 'the link has 3 Mbit/s',
    async befall({ target }) {
      await target.host.shapeLink({ rateMbitPerSecond: 3 })
      return true
    },
    async mend({ target }) {
      await sleep(3 * shortMs)
      await target.host.shapeLink({})
    },
  },
  {
    name: 'lossy-link',
    words: 'one packet in five is lost',
    async befall({ target }) {
      await target.host.losePackets(20)
      return true
    },
    async mend({ target }) {
      await sleep(3 * shortMs)
      await target.host.losePackets(0)
    },
  },
  ...storageGone,
  ...both.map(
    (side): Fault => ({
      name: `full-${side}-disk`,
      words: `the ${side}'s disk is full for two seconds`,
      async befall(attempt) {
        await attempt[side].fill()
        return true
      },
      async mend(attempt) {
        await sleep(2 * shortMs)
        attempt[side].makeRoom()
      },
    }),
  ),
  ...both.map(
    (side): Fault => ({
      name: `reboot-${side}`,
      words: `the ${side}'s host goes down and comes up`,
      ends: side,
      async befall(attempt) {
        await goDown(attempt[side].host)
        return true
      },
      async mend(attempt) {
        await sleep(shortMs / 2)
        await comeUp(attempt[side].host)
      },
    }),
  ),
  ...both.flatMap((side) =>
    ([1, -1] as const).map(
      (sign): Fault => ({
        name: `clock-${side}${sign > 0 ? '+' : '-'}1h`,
        words: `the ${side}'s clock jumps an hour ${sign > 0 ? 'forward' : 'back'}`,
        async befall(attempt) {
          await attempt[side].setClock(sign * 3_600_000)
          return true
        },
      }),
    ),
  ),
  ...both.flatMap((side) =>
    (['zonesd', 'qemu'] as const).map(
      (what): Fault => ({
        name: `stop-${side}-${what}`,
        isLong: true,
        words: `the ${side}'s ${what === 'qemu' ? 'QEMU' : what} stands still for longer than all leases`,
        ...(what === 'qemu' ? { needsMachine: true } : {}),
        befall: async (attempt) =>
          signalAll(what === 'qemu' ? qemus(attempt[side]) : daemons(attempt[side]), 'SIGSTOP'),
        async mend(attempt) {
          await sleep(beyondLeaseMs)
          signalAll(what === 'qemu' ? qemus(attempt[side]) : daemons(attempt[side]), 'SIGCONT')
        },
      }),
    ),
  ),
]
