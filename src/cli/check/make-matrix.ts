import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Matrix, MatrixHost, MatrixOptions, MatrixRow } from '../../compat/matrix.ts'
import { shareEqual } from '../../compat/share-equal.ts'
import type { Subjects } from './find-subjects.ts'
import { judgePart, type MatrixPart } from './judge-part.ts'

/** So many pairs take half a second: a thread that is started for fewer is not worth its start. */
const pairsWorthAThread = 10_000
/** Each thread has a copy of the zones and its own compiled code. */
const mostThreads = 8

/**
 * Judges each zone against each host; many of them on all processors, each of which takes a part of the hosts.
 *
 * @throws the signal's reason: a thousand zones on as many hosts take a while
 */
export async function makeMatrix(
  { source, subjects }: Subjects,
  hosts: readonly MatrixHost[],
  signal: AbortSignal,
  options: MatrixOptions,
  threads = threadsFor(subjects.length * hosts.length),
): Promise<Matrix> {
  const columns = withSharedFacts(hosts)
  const each = Math.ceil(columns.length / threads)
  const parts = Array.from({ length: threads }, (_, index): MatrixPart => {
    return { source, subjects, hosts: columns.slice(index * each, (index + 1) * each), options }
  })
  const [own, ...others] = parts.toReversed()
  await using workers = new AsyncDisposableStack()
  const answers = others.map((part) => {
    // As a file of its own beside this code, compiled or not.
    const program = import.meta.url.endsWith('.ts') ? './matrix-worker.ts' : './matrix-worker.js'
    const worker = new Worker(new URL(program, import.meta.url), { workerData: part })
    workers.defer(async () => void (await worker.terminate()))
    return answerOf(worker, signal)
  })
  const ownRows = own === undefined ? [] : judgePart(own, signal)
  const [last, ...first] = await Promise.all([ownRows, ...answers])
  const answered = [last, ...first].toReversed()
  const rows = subjects.map(({ name: zone, state, auxiliary }, index) => {
    return { zone, state, auxiliary, cells: answered.flatMap((part) => part[index]?.cells ?? []) }
  })
  return { source: source.facts.host.name, hosts, rows }
}

/** What is equal of several hosts becomes one object. */
function withSharedFacts(hosts: readonly MatrixHost[]): readonly MatrixHost[] {
  const facts = shareEqual(hosts.flatMap((host) => ('target' in host ? [host.target.facts] : [])))
  return hosts.map((host) => {
    const shared = 'target' in host ? facts.shift() : undefined
    return 'target' in host && shared !== undefined
      ? { ...host, target: { ...host.target, facts: shared } }
      : host
  })
}

async function answerOf(worker: Worker, signal: AbortSignal): Promise<MatrixRow[]> {
  try {
    const [rows] = (await once(worker, 'message', { signal })) as [MatrixRow[]]
    return rows
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}

function threadsFor(pairs: number): number {
  return Math.max(1, Math.min(availableParallelism(), mostThreads, Math.ceil(pairs / pairsWorthAThread)))
}
