import { type ConfigNode, childrenOf } from '../config/zone-config.ts'
import { commandTable } from '../language/command.ts'
import type { ResourceType } from '../schema/resource-type.ts'
import { zoneType } from '../schema/zone-type.ts'
import type { Session } from './session.ts'
import { builtInTemplates } from './templates.ts'

/**
 * What TAB offers.
 *
 * @param line what has been typed up to the cursor
 * @returns the candidates, and the part of the line that they replace
 */
export function complete(session: Session, line: string): [candidates: string[], typed: string] {
  const command = line.slice(line.lastIndexOf(';') + 1).trimStart()
  const words = command.split(/\s+/)
  const typed = words.at(-1) ?? ''
  const current = session.open.at(-1)
  const place: Place = {
    type: current?.type ?? zoneType,
    node: current?.node ?? session.config ?? { type: 'global', values: {}, children: [] },
  }
  const candidates = words.length <= 1 ? commands(session) : operands(words, typed, place)
  return [candidates.filter((candidate) => candidate.startsWith(typed)), typed]
}

interface Place {
  readonly type: ResourceType
  readonly node: ConfigNode
}

function commands({ open }: Session): string[] {
  const elsewhere = open.length === 0 ? 'resource' : 'global'
  return commandTable.filter(({ scope }) => scope !== elsewhere).map(({ name }) => `${name} `)
}

function operands(words: readonly string[], typed: string, { type, node }: Place): readonly string[] {
  const [command = '', first = ''] = words
  const atFirst = words.length === 2
  const types = type.children.map(({ name }) => `${name} `)
  const present = type.children
    .filter(({ name }) => childrenOf(node, name).length > 0)
    .map(({ name }) => `${name} `)
  const lists = type.properties.filter(({ kind }) => kind.list).map(({ name }) => `${name} `)
  switch (command) {
    case 'add':
      return atFirst ? [...types, ...lists] : valuesOf(type, first)
    case 'select':
      return atFirst ? present : criteria(type, node, first)
    case 'remove':
      return atFirst
        ? [...present, ...lists]
        : [...criteria(type, node, first), ...(node.values[first] ?? '').split(',')]
    case 'info':
      return atFirst ? [...types, ...type.properties.map(({ name }) => name)] : criteria(type, node, first)
    case 'clear':
      return Object.keys(node.values)
    case 'set':
      return atFirst ? assignments(type, typed) : []
    case 'create':
      return words.at(-2) === '-t' ? [...builtInTemplates.keys()] : ['-b', '-F', '-t ', '-a ', '-X']
    case 'help':
      return [...commandTable.map(({ name }) => name), ...types, ...type.properties.map(({ name }) => name)]
    default:
      return []
  }
}

function assignments(type: ResourceType, typed: string): string[] {
  const [name = ''] = typed.split('=', 1)
  if (!typed.includes('=')) return type.properties.map((property) => `${property.name}=`)
  return valuesOf(type, name).map((value) => `${name}=${value}`)
}

function valuesOf(type: ResourceType, name: string): readonly string[] {
  return type.properties.find((property) => property.name === name)?.kind.values ?? []
}

/** `name=value` of the resources that there are. */
function criteria(type: ResourceType, node: ConfigNode, childName: string): string[] {
  const child = type.children.find(({ name }) => name === childName)
  return childrenOf(node, childName).flatMap(({ values }) =>
    (child?.keys ?? []).flatMap((key) => (values[key] === undefined ? [] : [`${key}=${values[key]}`])),
  )
}
