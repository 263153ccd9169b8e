import { scriptedQmp } from '../fixtures/scripted-qmp.ts'
import type { State } from './hand-over-state.ts'

/** What the source's QEMU does, which outlives zonesd. */
export interface SourceQemu {
  machine: Exclude<State['sMachine'], 'booted'>
  /** A part of the guest's memory is here alone. */
  missing: boolean
  /** How its last transfer has ended, if the guest runs again or it has failed. */
  ended: 'cancelled' | 'failed' | undefined
  isStreamBroken: boolean
  /** It does not let the guest go on. */
  refuses: boolean
}

export const freshQemu = (): SourceQemu => ({
  machine: 'runs',
  missing: false,
  ended: undefined,
  isStreamBroken: false,
  refuses: false,
})

export interface Conversation {
  /** Lets the code stand still in this command; what it is let go on with is QEMU's refusal. */
  readonly standAt: (at: State['sDoes'], kind: string) => Promise<Error | undefined>
  /** Whether the zonesd that has it is dead, and is answered nothing any more. */
  readonly isDead: () => boolean
  /** It ends by its word, as what the source is at then. */
  readonly quits: (as: State['sDoes']) => void
  /** The conversation has ended, since QEMU has. */
  readonly ended: () => void
  /** The time is up for whatever waits. */
  readonly late: () => void
}

// That is found further up than ten calls.
Error.stackTraceLimit = 40

/** Who sends this command: the functions of the code that are under way. */
export function isBy(...functions: readonly string[]): boolean {
  const { stack = '' } = new Error('Who asks')
  return functions.some((name) => new RegExp(String.raw`\bat (?:async )?(?:\w+\.)?${name}\b`).test(stack))
}

/** A conversation with that QEMU, whose death nobody has noticed before they ask. */
export async function playSourceQemu(
  qemu: SourceQemu,
  { standAt, isDead, quits, ended, late }: Conversation,
) {
  const status = () => {
    if (qemu.ended !== undefined) return qemu.ended
    if (qemu.machine !== 'sent') return qemu.machine === 'sending' ? 'active' : undefined
    return qemu.missing ? (qemu.isStreamBroken ? 'postcopy-paused' : 'postcopy-active') : 'completed'
  }
  async function unlessGone(answer: () => unknown): Promise<unknown> {
    if (isDead()) return new Promise(() => undefined)
    if (qemu.machine !== 'gone') return answer()
    ended()
    return undefined
  }
  async function standUnlessGone(...where: Parameters<typeof standAt>): Promise<void> {
    if (qemu.machine === 'gone') return
    const refusal = await standAt(...where)
    if (refusal !== undefined) throw refusal
  }

  return scriptedQmp({
    'query-migrate': async () => {
      if (isBy('stateOf')) await standUnlessGone('sends', 'memory')
      if (isBy('drainMemory') && qemu.missing) await standUnlessGone('drains', 'drain')
      if (isBy('takeBack') && isBy('migrationStateOf')) await standUnlessGone('takes-back', 'take back')
      // What flows comes to its end; what has broken there is nothing that QEMU takes up.
      if (isBy('endPostcopy') && !qemu.isStreamBroken) return unlessGone(() => ({ status: 'completed' }))
      return unlessGone(() => ({ status: status() }))
    },
    'query-status': () =>
      unlessGone(() => {
        const running = qemu.machine !== 'sent'
        return { running, status: running ? 'running' : 'postmigrate' }
      }),
    'human-monitor-command': () =>
      unlessGone(() => {
        throw new Error('no')
      }),
    migrate: async () => {
      await standUnlessGone('sends', 'migrate')
      return unlessGone(() => {
        qemu.machine = 'sending'
        qemu.ended = undefined
        return {}
      })
    },
    migrate_cancel: () =>
      unlessGone(() => {
        if (qemu.machine === 'sending') qemu.machine = 'runs'
        if (qemu.machine === 'runs' || qemu.missing) qemu.ended = 'cancelled'
        return {}
      }),
    cont: () =>
      unlessGone(() => {
        if (qemu.refuses) late()
        else {
          qemu.machine = 'runs'
          qemu.missing = false
        }
        return {}
      }),
    'object-del': async () => {
      if (isBy('undo', 'takeBackHere') && qemu.machine === 'runs')
        await standUnlessGone('takes-back', 'clear')
      return unlessGone(() => ({}))
    },
    quit: async () => {
      const isOld = isBy('endOldGuest')
      quits(isOld ? 'ends-old' : isBy('endBrokenSwitch') ? 'takes-back' : 'leaves')
      if (isOld) await standUnlessGone('ends-old', 'quit')
      return unlessGone(() => {
        qemu.machine = 'gone'
        return {}
      })
    },
  })
}
