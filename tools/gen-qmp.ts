/** Writes src/qmp/commands.gen.ts from the schema of the installed QEMU: `node tools/gen-qmp.ts [BINARY]`. */
import { readFile, writeFile } from 'node:fs/promises'
import { startProbe } from '../src/qmp/one-shot.ts'
import { type QmpSchema, type QmpUsed, qmpSchemaSchema, qmpTypes } from './qmp-types.ts'

export const generatedFile = new URL('../src/qmp/commands.gen.ts', import.meta.url)

/** Asks a QEMU for its schema and its version, such as `7.2`. */
export async function readSchema(binary: string): Promise<{ schema: QmpSchema; version: string }> {
  const args = ['-machine', 'none', '-accel', 'tcg', '-S', '-display', 'none', '-nodefaults']
  await using qemu = await startProbe(binary, args)
  const schema = await qemu.execute('query-qmp-schema', {}, { schema: qmpSchemaSchema })
  const { major, minor } = qemu.version.qemu
  return { schema, version: `${major}.${minor}` }
}

/** The commands and events that kzone uses. */
export async function readUsed(): Promise<QmpUsed> {
  return JSON.parse(await readFile(new URL('qmp-used.json', import.meta.url), 'utf8')) as QmpUsed
}

if (import.meta.main) {
  const { schema, version } = await readSchema(process.argv[2] ?? 'qemu-system-x86_64')
  await writeFile(generatedFile, qmpTypes(schema, await readUsed(), version))
}
