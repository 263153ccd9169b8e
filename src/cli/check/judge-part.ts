import { setImmediate as nextTurn } from 'node:timers/promises'
import type { MatrixHost, MatrixOptions, MatrixRow } from '../../compat/matrix.ts'
import { matrixRow } from '../../compat/matrix.ts'
import type { Subjects } from './find-subjects.ts'

/** What one thread has to judge: all the zones, against some of the hosts. */
export interface MatrixPart extends Subjects {
  readonly hosts: readonly MatrixHost[]
  readonly options: MatrixOptions
}

/**
 * Judges each zone against each host of a part, and lets others have a turn after every zone.
 *
 * @throws the signal's reason
 */
export async function judgePart(part: MatrixPart, signal?: AbortSignal): Promise<MatrixRow[]> {
  const { source, subjects, hosts, options } = part
  const rows: MatrixRow[] = []
  for (const subject of subjects) {
    rows.push(matrixRow(subject, source, hosts, options))
    await nextTurn()
    signal?.throwIfAborted()
  }
  return rows
}
