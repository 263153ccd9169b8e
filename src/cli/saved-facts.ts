import { readFile } from 'node:fs/promises'
import type { z } from 'zod'
import { ZoneError } from '../errors.ts'
import { HostFacts } from '../facts/schema.ts'

/**
 * Reads the facts of a host that `zoneadm facts --json` has written.
 *
 * @throws ZoneError FACTS_UNREADABLE, and what is wrong where in the document
 */
export async function readSavedFacts(path: string): Promise<HostFacts> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw unreadable(path, error.code === 'ENOENT' ? 'there is no such file' : error.message, error)
  })
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    throw unreadable(path, text.trim() === '' ? 'it is empty' : 'it is not JSON', error)
  }
  const parsed = HostFacts.safeParse(document)
  if (parsed.success) return parsed.data
  const { path: where, message } = deepest(parsed.error.issues)
  throw unreadable(path, where.length === 0 ? message : `${spell(where)}: ${message}`, parsed.error)
}

function unreadable(path: string, why: string, cause: unknown): ZoneError {
  return new ZoneError(`Cannot use "${path}" as the facts of a host: ${why}`, {
    code: 'FACTS_UNREADABLE',
    remedy: `Write it anew: zoneadm facts --json ssh://HOST > ${path}`,
    cause,
  })
}

type Issue = z.core.$ZodIssue
interface Problem {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/** What is wrong in the innermost place: a fact is a choice of two forms, and the form that it comes nearest to tells. */
function deepest(issues: readonly Issue[], prefix: readonly PropertyKey[] = []): Problem {
  const problems = issues.map((issue): Problem => {
    const path = [...prefix, ...issue.path]
    const inner = issue.code === 'invalid_union' ? issue.errors.map((branch) => deepest(branch, path)) : []
    return longest(inner) ?? { path, message: issue.message }
  })
  return longest(problems) ?? { path: prefix, message: 'it is not understood' }
}

function longest(problems: readonly Problem[]): Problem | undefined {
  return problems.toSorted((a, b) => b.path.length - a.path.length)[0]
}

/** `hypervisor.known.machineTypes[3]` */
function spell(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('')
}
