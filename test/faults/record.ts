import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Verdict } from './run-case.ts'

/** Which code was tried. */
export interface Tried {
  readonly commit: string
  /** Digest of the program's source, which stays the same when the history around it is written anew. */
  readonly code?: string
}

type BadRun = Tried & Pick<Verdict, 'violations'>

/** A verdict as it is kept with the code: what a run took and printed is left out. */
export type KeptVerdict = Omit<Verdict, 'output' | 'wallMs'> &
  Tried & {
    /** Of the random cases that this one is of. */
    readonly seed?: number
    /** When the case was bad before this run; a later success does not undo it. */
    readonly onceBad?: readonly BadRun[]
  }

const recordFile = join(import.meta.dirname, 'record.jsonl')

/** Reads verdicts, one a line; of a case that was run again, the last, with what was bad before. */
export async function readVerdicts(files: readonly string[]): Promise<KeptVerdict[]> {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  const lines = texts.flatMap((text) => text.split('\n')).filter((line) => line !== '')
  return lastOfEach(lines.map((line) => JSON.parse(line) as KeptVerdict))
}

/** Of each case the last verdict, which also tells how it was bad before. */
export function lastOfEach(verdicts: readonly KeptVerdict[]): KeptVerdict[] {
  const last = new Map<string, KeptVerdict>()
  for (const verdict of verdicts) {
    const before = last.get(verdict.name)
    const bad = [...(before === undefined ? [] : badRuns(before)), ...(verdict.onceBad ?? [])]
    // The record may hold already what a log tells again.
    const others = bad.filter((run, index) => {
      const isSame = (other: BadRun) => isDeepStrictEqual(run, other)
      return bad.findIndex(isSame) === index && !badRuns({ ...verdict, onceBad: [] }).some(isSame)
    })
    last.set(verdict.name, others.length === 0 ? verdict : { ...verdict, onceBad: others })
  }
  return [...last.values()]
}

function badRuns({ onceBad = [], commit, code, violations }: KeptVerdict): readonly BadRun[] {
  const now = { commit, ...(code === undefined ? {} : { code }), violations }
  return violations.length === 0 ? onceBad : [...onceBad, now]
}

/**
 * Adds what runs have logged to the record, and answers all of it.
 *
 * @param anew the record begins with these logs, and what it held is given up
 */
export async function keep(logs: readonly string[], { anew }: { anew: boolean }): Promise<KeptVerdict[]> {
  const all = await readVerdicts([...(!anew && existsSync(recordFile) ? [recordFile] : []), ...logs])
  await writeFile(recordFile, linesOf(all).join(''))
  return all
}

function linesOf(all: readonly KeptVerdict[]): string[] {
  const kept = (key: string, value: unknown) => {
    if (key === 'output' || key === 'wallMs') return undefined
    return typeof value === 'number' ? Math.round(value) : value
  }
  return all.map((verdict) => `${JSON.stringify(verdict, kept)}\n`).toSorted()
}
