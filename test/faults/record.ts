import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Verdict } from './run-case.ts'

/** A verdict as it is kept with the code: what a run took and printed is left out. */
export type KeptVerdict = Omit<Verdict, 'output' | 'wallMs'> & {
  /** Of the code that was tried. */
  readonly commit: string
}

const recordFile = join(import.meta.dirname, 'record.jsonl')

/** Reads verdicts, one a line; of a case that was run again, the last. */
export async function readVerdicts(files: readonly string[]): Promise<KeptVerdict[]> {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  const lines = texts.flatMap((text) => text.split('\n')).filter((line) => line !== '')
  const verdicts = lines.map((line) => JSON.parse(line) as KeptVerdict)
  return [...new Map(verdicts.map((verdict) => [verdict.name, verdict])).values()]
}

/** Adds what runs have logged to the record, and answers all of it. */
export async function keep(logs: readonly string[]): Promise<KeptVerdict[]> {
  const all = await readVerdicts([...(existsSync(recordFile) ? [recordFile] : []), ...logs])
  const lines = all
    .map(({ name, outcome, guest, typed, recoverMs, exitCode, violations, commit }) =>
      JSON.stringify({
        name,
        outcome,
        guest,
        typed,
        recoverMs: Math.round(recoverMs),
        exitCode,
        violations,
        commit,
      }),
    )
    .toSorted()
  await writeFile(recordFile, lines.map((line) => `${line}\n`).join(''))
  return all
}
