import { Exit, ZoneError } from '../../errors.ts'
import { checkValue } from '../config/check-value.ts'
import { tokenValues } from '../config/effective.ts'
import { type ConfigNode, childrenOf, withChildren, withValue } from '../config/zone-config.ts'
import type { Command } from '../language/command.ts'
import { locate } from '../language/script-error.ts'
import type { Value } from '../language/statement.ts'
import type { Property } from '../schema/property.ts'
import { findProperty } from '../schema/resource-type.ts'
import { listItems } from '../schema/value-kind.ts'
import { article } from './article.ts'
import {
  type EditContext,
  type Editing,
  requireChild,
  requireProperty,
  scope,
  unknownName,
  withScope,
} from './editing.ts'
import { findResource, findResources } from './find-resources.ts'
import { finishResource } from './finish-resource.ts'

export type EditCommand = Extract<
  Command,
  { readonly name: 'add' | 'select' | 'set' | 'clear' | 'remove' | 'end' | 'cancel' }
>

/**
 * Applies a command that changes the configuration.
 *
 * @throws {ZoneError} if it cannot be applied; with the place of the command
 */
export function edit(editing: Editing, command: EditCommand, context: EditContext): Editing {
  try {
    return apply(editing, command, context)
  } catch (error) {
    throw locate(error, command.detailOffset)
  }
}

function apply(editing: Editing, command: EditCommand, context: EditContext): Editing {
  const { type } = scope(editing)
  switch (command.name) {
    case 'add':
      return command.value === undefined
        ? addResource(editing, command.what, context)
        : changeList(editing, command.what, command.value, context, (old, items) => [...old, ...items])
    case 'select':
      return selectResource(editing, command.selector, context)
    case 'set':
      return set(editing, requireProperty(type, command.property), command.value, context)
    case 'clear':
      return put(editing, requireProperty(type, command.property), undefined, context)
    case 'remove':
      return remove(editing, command, context)
    case 'end':
      return finishResource(editing, context)
    case 'cancel':
      if (editing.open.length === 0)
        throw new ZoneError('cancel: no resource is open', { code: 'WRONG_SCOPE' })
      return { ...editing, open: editing.open.slice(0, -1) }
  }
}

function addResource(editing: Editing, name: string, context: EditContext): Editing {
  const parent = scope(editing)
  if (findProperty(parent.type, name) !== undefined) {
    throw new ZoneError(`add: "${name}" is a property and needs a value`, {
      code: 'USAGE',
      exit: Exit.usage,
      remedy: `set ${name}=…`,
    })
  }
  const type = requireChild(parent.type, name)
  // A template has one already, and people add it all the same: they mean this one.
  const existing = type.count === 'one' ? childrenOf(parent.node, name)[0] : undefined
  if (existing !== undefined)
    return { ...editing, open: [...editing.open, { type, node: existing, replaces: existing }] }
  refuseIfNotLive(false, `${article(name)} ${name} resource`, context)
  const node: ConfigNode = { type: name, values: {}, children: [] }
  return { ...editing, open: [...editing.open, { type, node, replaces: undefined }] }
}

function selectResource(
  editing: Editing,
  selector: Extract<EditCommand, { name: 'select' }>['selector'],
  context: EditContext,
): Editing {
  const parent = scope(editing)
  const type = requireChild(parent.type, selector.type)
  const node = findResource(parent.node, type, selector, context.naming)
  return { ...editing, open: [...editing.open, { type, node, replaces: node }] }
}

function set(editing: Editing, property: Property, value: Value, context: EditContext): Editing {
  const { node } = scope(editing)
  const checked = checkValue(property, value, tokenValues(context.naming, node))
  if (property.name === 'zonename' && checked === context.naming.zonename) return editing
  return put(editing, property, checked, context)
}

function put(editing: Editing, property: Property, value: string | undefined, context: EditContext): Editing {
  const { node } = scope(editing)
  if (property.readOnly !== undefined) {
    throw new ZoneError(`${property.name} cannot be changed here`, {
      code: 'READ_ONLY',
      // Of what is read-only, only the name is there before the zone is.
      remedy: context.isNew && value !== undefined ? `Use "zonecfg -z ${value}"` : property.readOnly,
    })
  }
  if (node.values[property.name] === value) return editing
  refuseIfNotLive(property.live, property.name, context)
  return withScope(editing, withValue(node, property.name, value))
}

function remove(
  editing: Editing,
  { selector, value }: Extract<EditCommand, { name: 'remove' }>,
  context: EditContext,
): Editing {
  const { type, node } = scope(editing)
  if (value !== undefined && findProperty(type, selector.type) !== undefined) {
    return changeList(editing, selector.type, value, context, removeItems)
  }
  const child = requireChild(type, selector.type)
  if (value !== undefined && selector.index === undefined) throw unknownName(type, selector.type, 'property')
  refuseIfNotLive(false, `${article(child.name)} ${child.name} resource`, context)
  const found = new Set(findResources(node, child, selector, context.naming))
  // Says so, in the right words.
  if (found.size === 0) findResource(node, child, selector, context.naming)
  const others = node.children.filter((candidate) => !found.has(candidate))
  return withScope(editing, withChildren(type, node, others))
}

function removeItems(old: readonly string[], items: readonly string[]): string[] {
  const missing = items.find((item) => !old.includes(item))
  if (missing !== undefined) {
    throw new ZoneError(`"${missing}" is not in the list`, { code: 'NOT_IN_LIST', remedy: 'See "info"' })
  }
  return old.filter((item) => !items.includes(item))
}

function changeList(
  editing: Editing,
  name: string,
  value: Value,
  context: EditContext,
  change: (old: readonly string[], items: readonly string[]) => readonly string[],
): Editing {
  const { type, node } = scope(editing)
  const property = findProperty(type, name)
  if (property === undefined) throw unknownName(type, name, 'either')
  if (!property.kind.list) {
    throw new ZoneError(`${name} does not hold a list`, {
      code: 'NOT_A_LIST',
      remedy: `set ${name}=… or clear ${name}`,
    })
  }
  const items = listItems(checkValue(property, value, tokenValues(context.naming, node)))
  const changed = [...new Set(change(listItems(node.values[name]), items))].join(',')
  return put(editing, property, changed === '' ? undefined : changed, context)
}

function refuseIfNotLive(allowed: boolean, what: string, { live }: EditContext): void {
  if (allowed || !live) return
  throw new ZoneError(`${what} cannot be changed on a running zone`, {
    code: 'NOT_LIVE',
    remedy: 'Change the persistent configuration (zonecfg without -r) and reboot the zone',
  })
}

/** How many resources a `remove` takes away: more than one is worth a question. */
export function countRemoved(
  editing: Editing,
  command: Extract<EditCommand, { name: 'remove' }>,
  context: EditContext,
): number {
  const { type, node } = scope(editing)
  const child = type.children.find(({ name }) => name === command.selector.type)
  if (child === undefined || (command.value !== undefined && command.selector.index === undefined)) return 0
  return findResources(node, child, command.selector, context.naming).length
}
