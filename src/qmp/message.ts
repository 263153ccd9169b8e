import { z } from 'zod'
import { QmpProtocolError } from './qmp-errors.ts'
import { versionSchema } from './schemas.ts'

const greetingSchema = z.object({
  QMP: z.object({ version: versionSchema, capabilities: z.array(z.string()) }),
})

const eventSchema = z.object({
  event: z.string(),
  data: z.record(z.string(), z.unknown()).default({}),
  timestamp: z.object({ seconds: z.number(), microseconds: z.number() }),
})

const returnSchema = z.object({ id: z.int(), return: z.unknown() })

const errorSchema = z.object({ id: z.int(), error: z.object({ class: z.string(), desc: z.string() }) })

const kinds = { QMP: greetingSchema, event: eventSchema, return: returnSchema, error: errorSchema }

export type QmpMessage =
  | z.infer<typeof greetingSchema>
  | z.infer<typeof eventSchema>
  | z.infer<typeof returnSchema>
  | z.infer<typeof errorSchema>

export type QmpGreeting = z.infer<typeof greetingSchema>['QMP']
export type QmpRawEvent = z.infer<typeof eventSchema>

/**
 * Reads one line of QEMU. Every reply must carry the number that its command was sent with.
 *
 * @throws QmpProtocolError if it is no JSON or none of the four kinds of message
 */
export function parseMessage(line: string): QmpMessage {
  const value = parseJson(line)
  for (const [key, schema] of Object.entries(kinds)) {
    if (typeof value !== 'object' || value === null || !(key in value)) continue
    const result = schema.safeParse(value)
    if (result.success) return result.data
    throw new QmpProtocolError(`A malformed QMP message ${quote(line)}`, result.error)
  }
  throw new QmpProtocolError(`An unknown kind of QMP message ${quote(line)}`)
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    throw new QmpProtocolError(`Not a QMP message ${quote(line)}`, error)
  }
}

function quote(line: string): string {
  return JSON.stringify(line.length > 120 ? `${line.slice(0, 120)}…` : line)
}
