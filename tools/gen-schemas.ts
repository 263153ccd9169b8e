/** Writes the JSON schemas of what kzone saves and sends for others to read: `node tools/gen-schemas.ts` */
import { mkdir, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { Report } from '../src/compat/schema.ts'
import { HostFacts } from '../src/facts/schema.ts'

const folder = new URL('../docs/schema/', import.meta.url)

interface Published {
  readonly file: URL
  readonly text: string
}

/** The published schemas: each file and what has to be in it. */
export function publishedSchemas(): Published[] {
  return [
    publish('host-facts', HostFacts, 'What a host is and offers, as "zoneadm facts --json" writes it'),
    publish(
      'report',
      Report,
      'What the compatibility check found of one zone, one target and one kind of migration',
    ),
  ]
}

function publish(name: string, schema: z.ZodType, description: string): Published {
  // What is read, and not what is written: a document of an earlier release lacks the facts that came later.
  const { $schema, ...body } = z.toJSONSchema(schema, { io: 'input' })
  const document = { $schema, $id: `urn:kzone:${name}:1`, title: `kzone ${name}`, description, ...body }
  return { file: new URL(`${name}.schema.json`, folder), text: `${JSON.stringify(document, undefined, 2)}\n` }
}

if (import.meta.main) {
  await mkdir(folder, { recursive: true })
  for (const { file, text } of publishedSchemas()) await writeFile(file, text)
}
