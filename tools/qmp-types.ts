import { z } from 'zod'

const membersSchema = z.array(z.object({ name: z.string(), type: z.string(), default: z.null().optional() }))

/** What QEMU's `query-qmp-schema` answers (docs/devel/qapi-code-gen, "Client JSON Protocol introspection"). */
export const qmpSchemaSchema = z.array(
  z.discriminatedUnion('meta-type', [
    z.object({ 'meta-type': z.literal('builtin'), name: z.string(), 'json-type': z.string() }),
    z.object({ 'meta-type': z.literal('enum'), name: z.string(), values: z.array(z.string()) }),
    z.object({ 'meta-type': z.literal('array'), name: z.string(), 'element-type': z.string() }),
    z.object({
      'meta-type': z.literal('object'),
      name: z.string(),
      members: membersSchema,
      tag: z.string().optional(),
      variants: z.array(z.object({ case: z.string(), type: z.string() })).optional(),
    }),
    z.object({
      'meta-type': z.literal('alternate'),
      name: z.string(),
      members: z.array(z.object({ type: z.string() })),
    }),
    z.object({
      'meta-type': z.literal('command'),
      name: z.string(),
      'arg-type': z.string(),
      'ret-type': z.string(),
    }),
    z.object({ 'meta-type': z.literal('event'), name: z.string(), 'arg-type': z.string() }),
  ]),
)

export type QmpSchema = z.infer<typeof qmpSchemaSchema>
type Entity = QmpSchema[number]
type ObjectEntity = Extract<Entity, { 'meta-type': 'object' }>

export interface QmpUsed {
  readonly commands: readonly string[]
  readonly events: readonly string[]
}

/** Commands that take more arguments than their schema lists: those of the device that is added. */
const openArguments = new Set(['device_add'])

const builtins: Readonly<Record<string, string>> = {
  string: 'string',
  int: 'number',
  number: 'number',
  boolean: 'boolean',
  null: 'null',
  value: 'unknown',
}

/**
 * Translates the used part of QEMU's schema into TypeScript. QEMU numbers its types afresh in every build, so they
 * are named here after the place where they are first met; the same schema in any order gives the same text.
 *
 * @param version of QEMU, such as `7.2`, for the header
 * @throws Error naming the command or event that this QEMU does not have
 */
export function qmpTypes(schema: QmpSchema, used: QmpUsed, version: string): string {
  const entities = new Map(schema.map((entity) => [entity.name, entity]))
  const names = new Map<string, string>()
  const queue: { readonly id: string; readonly name: string }[] = []

  const lookUp = (id: string): Entity => {
    const entity = entities.get(id)
    if (entity === undefined) throw new Error(`QEMU ${version} has no "${id}"`)
    return entity
  }

  /** The text for a use of a type: itself if it is simple, else its name. */
  const use = (id: string, place: string): string => {
    const entity = lookUp(id)
    if (entity['meta-type'] === 'builtin') return builtins[entity['json-type']] ?? 'unknown'
    if (entity['meta-type'] === 'array') {
      const element = use(entity['element-type'], place)
      return element.startsWith('readonly') ? `readonly (${element})[]` : `readonly ${element}[]`
    }
    if (isEmpty(entity)) return 'Record<string, never>'
    const known = names.get(id)
    if (known !== undefined) return known
    names.set(id, place)
    queue.push({ id, name: place })
    return place
  }

  const objectText = (entity: ObjectEntity, name: string): string => {
    const { members, tag, variants } = entity
    const plain = members.filter((member) => member.name !== tag)
    const base = plain.length === 0 && tag !== undefined ? undefined : block(plain, name, use)
    if (tag === undefined || variants === undefined) return base ?? 'Record<string, never>'
    const tagType = members.find((member) => member.name === tag)?.type ?? ''
    const branches = tagCases(
      lookUp(tagType),
      variants.filter(({ type }) => !isEmpty(lookUp(type))),
    ).map(([type, cases]) => {
      const own = `{ readonly ${key(tag)}: ${cases.map(literal).join(' | ')} }`
      if (type === undefined) return own
      return `(${own} & ${use(type, name + pascal(cases[0] ?? ''))})`
    })
    const union = `\n  | ${branches.join('\n  | ')}`
    return base === undefined ? union : `${base} & (${union}\n)`
  }

  const declaration = (id: string, name: string): string => {
    const entity = lookUp(id)
    switch (entity['meta-type']) {
      case 'enum':
        return `type ${name} =\n${entity.values.map((value) => `  | ${literal(value)}`).join('\n')}`
      case 'alternate':
        return `type ${name} = ${entity.members.map(({ type }, index) => use(type, name + (index + 1))).join(' | ')}`
      case 'object':
        return `type ${name} = ${objectText(entity, name)}`
      case 'builtin':
      case 'array':
      case 'command':
      case 'event':
        throw new Error(`"${id}" is no type to declare`)
    }
  }

  const commands = used.commands.toSorted().map((name) => {
    const command = lookUp(name)
    if (command['meta-type'] !== 'command') throw new Error(`QEMU ${version} has no command "${name}"`)
    const args = use(command['arg-type'], `${pascal(name)}Arguments`)
    const open = openArguments.has(name) ? ' & Readonly<Record<string, unknown>>' : ''
    return `  ${literal(name)}: { arguments: ${args}${open}; returns: ${use(command['ret-type'], `${pascal(name)}Returns`)} }`
  })
  const events = used.events.toSorted().map((name) => {
    const event = lookUp(name)
    if (event['meta-type'] !== 'event') throw new Error(`QEMU ${version} has no event "${name}"`)
    return `  ${name}: ${use(event['arg-type'], `${pascal(name.toLowerCase())}Event`)}`
  })

  const declarations: string[] = []
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    declarations.push(declaration(next.id, next.name))
  }

  return `${[
    `// Made by tools/gen-qmp.ts from the schema of QEMU ${version}. Do not edit.`,
    `export interface QmpCommands {\n${commands.join('\n')}\n}`,
    `export interface QmpEvents {\n${events.join('\n')}\n}`,
    ...declarations,
  ].join('\n\n')}\n`
}

function block(
  members: z.infer<typeof membersSchema>,
  name: string,
  use: (id: string, place: string) => string,
): string {
  const lines = members.map(
    (member) =>
      `  readonly ${key(member.name)}${member.default === undefined ? '' : '?'}: ${use(member.type, name + pascal(member.name))}`,
  )
  return `{\n${lines.join('\n')}\n}`
}

/** The tag's values, grouped by the type that they choose; `undefined` for those that choose none. */
function tagCases(
  tag: Entity,
  variants: readonly { readonly case: string; readonly type: string }[],
): [string | undefined, string[]][] {
  if (tag['meta-type'] !== 'enum') throw new Error(`The tag "${tag.name}" is no enumeration`)
  const chosen = new Map(variants.map(({ case: value, type }) => [value, type]))
  return [...Map.groupBy(tag.values, (value) => chosen.get(value))]
}

function isEmpty(entity: Entity): boolean {
  return entity['meta-type'] === 'object' && entity.members.length === 0 && entity.variants === undefined
}

function pascal(name: string): string {
  return name.replace(/(?:^|[^a-zA-Z0-9]+)([a-zA-Z0-9])/g, (_match, letter: string) => letter.toUpperCase())
}

function literal(text: string): string {
  return `'${text}'`
}

function key(name: string): string {
  return /^[a-zA-Z_]\w*$/.test(name) ? name : literal(name)
}
