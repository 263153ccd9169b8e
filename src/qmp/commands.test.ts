import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import type { z } from 'zod'
import { generatedFile, readSchema, readUsed } from '../../tools/gen-qmp.ts'
import { type QmpSchema, qmpTypes } from '../../tools/qmp-types.ts'
import type { QmpCommands } from './commands.gen.ts'
import type {
  blockSchema,
  cpuDefinitionsSchema,
  cpusFastSchema,
  machinesSchema,
  migrationCapabilitiesSchema,
  migrationParametersSchema,
  migrationSchema,
  statusSchema,
  versionSchema,
} from './schemas.ts'

/**
 * Type-checked only: each schema takes whatever the QEMU of `commands.gen.ts` may answer. Not so for
 * `query-cpu-model-expansion`: there QEMU's own schema says no more than that `props` is anything.
 */
type TakesReply<C extends keyof QmpCommands, S extends z.ZodType> =
  QmpCommands[C]['returns'] extends z.input<S> ? true : C
const schemasTakeReplies: [
  TakesReply<'query-block', typeof blockSchema>,
  TakesReply<'query-cpu-definitions', typeof cpuDefinitionsSchema>,
  TakesReply<'query-cpus-fast', typeof cpusFastSchema>,
  TakesReply<'query-machines', typeof machinesSchema>,
  TakesReply<'query-migrate', typeof migrationSchema>,
  TakesReply<'query-migrate-capabilities', typeof migrationCapabilitiesSchema>,
  TakesReply<'query-migrate-parameters', typeof migrationParametersSchema>,
  TakesReply<'query-status', typeof statusSchema>,
  TakesReply<'query-version', typeof versionSchema>,
] = [true, true, true, true, true, true, true, true, true]

const madeFrom = (text: string) => /schema of QEMU (\S+)\. /.exec(text)?.[1]

test('commands.gen.ts is up to date with the QEMU it was made from; any other QEMU has all that is used', async (t) => {
  const [{ schema, version }, used, text] = await Promise.all([
    readSchema('qemu-system-x86_64'),
    readUsed(),
    readFile(generatedFile, 'utf8'),
  ])
  const made = qmpTypes(schema, used, version)
  if (madeFrom(text) === version) assert.equal(text, made, 'Run "node tools/gen-qmp.ts"')
  else t.diagnostic(`commands.gen.ts was made from QEMU ${madeFrom(text)}, here is QEMU ${version}`)
  assert.equal(schemasTakeReplies.length, 9)
})

test('qmpTypes() names a command and an event that QEMU does not have', () => {
  assert.throws(() => qmpTypes([], { commands: ['fly'], events: [] }, '7.2'), /QEMU 7.2 has no "fly"/)
  assert.throws(() => qmpTypes([], { commands: [], events: ['FLY'] }, '7.2'), /QEMU 7.2 has no "FLY"/)
})

const small: QmpSchema = [
  { 'meta-type': 'command', name: 'do-it', 'arg-type': '1', 'ret-type': '[2]' },
  { 'meta-type': 'event', name: 'DONE', 'arg-type': '0' },
  { 'meta-type': 'object', name: '0', members: [] },
  {
    'meta-type': 'object',
    name: '1',
    tag: 'kind',
    members: [
      { name: 'kind', type: '3' },
      { name: 'node-name', type: 'str', default: null },
    ],
    variants: [
      { case: 'deep', type: '4' },
      { case: 'flat', type: '0' },
    ],
  },
  { 'meta-type': 'array', name: '[2]', 'element-type': '2' },
  { 'meta-type': 'alternate', name: '2', members: [{ type: 'str' }, { type: 'null' }] },
  { 'meta-type': 'enum', name: '3', values: ['deep', 'flat', 'bare'] },
  { 'meta-type': 'object', name: '4', members: [{ name: 'inner', type: '1' }] },
  { 'meta-type': 'builtin', name: 'str', 'json-type': 'string' },
  { 'meta-type': 'builtin', name: 'null', 'json-type': 'null' },
]

const smallTypes = `// Made by tools/gen-qmp.ts from the schema of QEMU 7.2. Do not edit.

export interface QmpCommands {
  'do-it': { arguments: DoItArguments; returns: readonly DoItReturns[] }
}

export interface QmpEvents {
  DONE: Record<string, never>
}

type DoItArguments = {
  readonly 'node-name'?: string
} & (
  | ({ readonly kind: 'deep' } & DoItArgumentsDeep)
  | { readonly kind: 'flat' | 'bare' }
)

type DoItReturns = string | null

type DoItArgumentsDeep = {
  readonly inner: DoItArguments
}
`

test('qmpTypes() translates unions, alternates, optional members and recursion, whatever the order', () => {
  const used = { commands: ['do-it'], events: ['DONE'] }
  assert.equal(qmpTypes(small, used, '7.2'), smallTypes)
  assert.equal(qmpTypes(small.toReversed(), used, '7.2'), smallTypes)
})
