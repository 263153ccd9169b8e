import { Exit, ZoneError } from '../../errors.ts'
import { commandTable } from '../language/command.ts'
import { nearest } from '../nearest.ts'
import type { Property } from '../schema/property.ts'
import type { ResourceType } from '../schema/resource-type.ts'
import { zoneType } from '../schema/zone-type.ts'

/**
 * `help`: the commands and all resources and properties; or more about one of them.
 *
 * @throws {ZoneError} UNKNOWN_NAME
 */
export function help(topic: string | undefined): string[] {
  if (topic === undefined) return overview()
  const command = commandTable.find(({ name }) => name === topic)
  if (command !== undefined) return [`usage: ${command.usage}`, command.summary]
  const types = allTypes(zoneType, '')
  const lines = [
    ...types.filter(({ path, type }) => path === topic || type.name === topic).flatMap(describeType),
    ...types.flatMap(({ path, type }) =>
      type.properties
        .filter(({ name }) => name === topic || `${path}:${name}` === topic)
        .flatMap((property) => describeProperty(path, property)),
    ),
  ]
  if (lines.length > 0) return lines
  const known = [...commandTable.map(({ name }) => name), ...types.flatMap(({ type }) => names(type))]
  const meant = nearest(topic, known)
  throw new ZoneError(`help: unknown subcommand, resource type or property "${topic}"`, {
    code: 'UNKNOWN_NAME',
    exit: Exit.usage,
    remedy: meant === undefined ? 'Type "help"' : `Did you mean "${meant}"?`,
  })
}

interface Place {
  /** `anet:mac`; empty for the zone itself. */
  readonly path: string
  readonly type: ResourceType
}

function allTypes(type: ResourceType, path: string): Place[] {
  const children = type.children.flatMap((child) =>
    allTypes(child, path === '' ? child.name : `${path}:${child.name}`),
  )
  return [{ path, type }, ...children]
}

function names(type: ResourceType): string[] {
  return [type.name, ...type.properties.map(({ name }) => name)]
}

function overview(): string[] {
  const types = allTypes(zoneType, '')
  const list = (effect: Property['effect']) =>
    types.flatMap(({ path, type }) => {
      const own = type.properties.filter((property) => property.effect === effect).map(({ name }) => name)
      return own.length === 0 ? [] : [`    ${path === '' ? 'global' : path}: ${own.join(', ')}`]
    })
  return [
    ...commandTable.map(({ usage }) => usage),
    '',
    'Properties that this release acts on:',
    ...list('acted-on'),
    '',
    'Properties that this release stores but does not act on ("verify" warns about them):',
    ...list('stored'),
    '',
    'More about one of them: help command, help resource-type, help property-name',
  ]
}

function describeType({ path, type }: Place): string[] {
  const number = type.count === 'one' ? 'at most one' : 'any number'
  const head = path === '' ? `global: ${type.help}` : `${path}: ${type.help} (${number})`
  const children = type.children.map(({ name, help: text }) => `    ${name} (resource): ${text}`)
  return [
    head,
    ...type.properties.map((property) => `    ${summary(property)}`),
    ...(path === '' ? [] : children),
  ]
}

function describeProperty(path: string, property: Property): string[] {
  const tokens = property.tokens.map((token) => `%{${token}}`).join(' ')
  const effect = property.live ? 'acts on a running zone: yes' : 'takes effect at the next boot'
  return [
    `${path === '' ? '' : `${path}:`}${summary(property)}`,
    `    value: ${property.kind.expects}`,
    ...(property.default === undefined ? [] : [`    default: ${property.default}`]),
    ...(tokens === '' ? [] : [`    tokens: ${tokens}`]),
    // What is only stored never takes effect, as the summary says.
    ...(property.effect === 'stored' ? [] : [`    ${effect}`]),
    `    must be the same on both hosts for a migration: ${property.match ? 'yes' : 'no'}`,
  ]
}

function summary({ name, help: text, effect }: Property): string {
  return `${name}: ${text}${effect === 'stored' ? ' [stored only]' : ''}`
}
