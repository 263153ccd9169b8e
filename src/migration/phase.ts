import { holdForTest } from '../util/test-hold.ts'

/** One step of a migration. `undo` must be safe twice and after a crash in the middle of `run`. */
export interface Phase<C> {
  readonly name: string
  /** Of the phase with the point of no return: whether it has come to that. From there on nothing is undone if it fails, until the target has said how it ended. */
  commits?(context: C): boolean
  run(context: C): Promise<void>
  undo?(context: C): Promise<void>
}

export interface PhaseTime {
  readonly name: string
  readonly ms: number
}

export interface PhaseRun<C> {
  readonly context: C
  readonly signal: AbortSignal
  /** Called before a phase begins: what is to be durable then must be so when it resolves. */
  readonly onBegin?: (phase: string) => Promise<void>
  /** Called when an undo fails, which does not keep the others from being tried. */
  readonly onStuck: (phase: string, error: unknown) => void
}

/**
 * Runs phases in order. If one fails, or the signal is aborted between two, all that were begun are undone in reverse;
 * not so once one has come to the point of no return.
 *
 * @returns how long each took
 * @throws what the phase threw, after the undoing
 */
export async function runPhases<C>(phases: readonly Phase<C>[], run: PhaseRun<C>): Promise<PhaseTime[]> {
  const { context, signal, onBegin } = run
  const times: PhaseTime[] = []
  const begun: Phase<C>[] = []
  const isCommitted = () => begun.some((phase) => phase.commits?.(context) === true)
  try {
    for (const phase of phases) {
      if (!isCommitted()) signal.throwIfAborted()
      const start = performance.now()
      await onBegin?.(phase.name)
      begun.push(phase)
      await holdForTest(`${phase.name}.begin`)
      await phase.run(context)
      await holdForTest(`${phase.name}.end`)
      times.push({ name: phase.name, ms: performance.now() - start })
    }
  } catch (error) {
    if (!isCommitted()) await undoPhases(begun, run)
    throw error
  }
  return times
}

async function undoPhases<C>(begun: readonly Phase<C>[], { context, onStuck }: PhaseRun<C>): Promise<void> {
  for (const phase of begun.toReversed()) {
    try {
      await holdForTest(`${phase.name}.undo`)
      await phase.undo?.(context)
    } catch (error) {
      onStuck(phase.name, error)
    }
  }
}
