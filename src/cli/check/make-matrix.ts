import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  type Matrix,
  type MatrixHost,
  type MatrixOptions,
  type MatrixRow,
  matrixRow,
} from '../../compat/matrix.ts'
import type { Subjects } from './find-subjects.ts'

/**
 * Judges each zone against each host.
 *
 * @throws the signal's reason: a thousand zones on as many hosts take a while
 */
export async function makeMatrix(
  { source, subjects }: Subjects,
  hosts: readonly MatrixHost[],
  signal: AbortSignal,
  options: MatrixOptions,
): Promise<Matrix> {
  const rows: MatrixRow[] = []
  for (const subject of subjects) {
    rows.push(matrixRow(subject, source, hosts, options))
    await nextTurn()
    signal.throwIfAborted()
  }
  return { source: source.facts.host.name, hosts, rows }
}
