import type { Kind } from '../../compat/schema.ts'
import { cipherWish, type Wishes } from '../../compat/subject.ts'
import type { ExitCode } from '../../errors.ts'
import type { CommandContext } from '../command.ts'
import { printLine } from '../io.ts'
import { askHosts } from './ask-hosts.ts'
import { findSubjects, type Wanted } from './find-subjects.ts'
import { makeMatrix } from './make-matrix.ts'
import { ageNote } from './offline-notes.ts'
import { exitOfMatrix, showMatrix } from './show-matrix.ts'

export interface CheckRequest {
  readonly wanted: Wanted
  /** Hosts to ask, or `facts:FILE`. */
  readonly hosts: readonly string[]
  /** Undefined: any, the best one that passes. */
  readonly kinds: readonly Kind[] | undefined
  /** `none`: in the clear. */
  readonly cipher: string | null
  readonly wishes: Omit<Wishes, 'encrypt' | 'cipher'>
  readonly why: boolean
  readonly json: boolean
}

/** Finds zones, asks hosts, judges each zone against each host, and shows it. */
export async function runCheck(context: CommandContext, request: CheckRequest): Promise<ExitCode> {
  const { program, io, signal, agent } = context
  const { wanted, hosts, kinds, cipher, wishes, why, json } = request
  const say = (text: string) => printLine(io.stderr, `${program}: ${text}`)

  const found = await findSubjects(context, wanted)
  if (found.subjects.length === 0) say('no zone is installed on this host')
  const columns = await askHosts(hosts, found.subjects, { io, signal, agent })
  const saved = columns.flatMap((host) =>
    'target' in host && host.target.configurations === null ? [host.target.facts] : [],
  )
  for (const facts of [...(found.source.isSaved ? [found.source.facts] : []), ...saved]) say(ageNote(facts))
  const isSingle = columns.length === 1 && found.subjects.length === 1
  const matrix = await makeMatrix(found, columns, signal, {
    ...cipherWish(cipher),
    ...wishes,
    withReports: why || isSingle,
    ...(kinds === undefined ? {} : { kinds }),
  })
  showMatrix(io, matrix, { why, json, say })
  return exitOfMatrix(matrix)
}
