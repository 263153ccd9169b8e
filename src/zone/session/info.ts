import type { Naming } from '../config/effective.ts'
import type { Command } from '../language/command.ts'
import { bodyLines, globalLines, printInfo, propertyLines, resourceLines } from '../print-info.ts'
import { findChild, findProperty } from '../schema/resource-type.ts'
import { type Editing, scope, unknownName } from './editing.ts'
import { findResources } from './find-resources.ts'

type Info = Extract<Command, { readonly name: 'info' }>

/**
 * `info`: the lines that show the whole configuration, the open resource, resources of one type, or a property.
 * Resources that do not exist give no lines.
 *
 * @throws {ZoneError} UNKNOWN_NAME
 */
export function info(editing: Editing, { selector }: Info, naming: Naming): string[] {
  const { type, node } = scope(editing)
  const inResource = editing.open.length > 0
  if (selector === undefined) {
    return inResource
      ? [`${type.name}:`, ...bodyLines(type, node, naming, ' '.repeat(8))]
      : printInfo(node, naming)
  }
  const child = findChild(type, selector.type)
  if (child !== undefined) {
    return resourceLines(child, findResources(node, child, selector, naming), node, naming, '')
  }
  const property = findProperty(type, selector.type)
  if (property === undefined) throw unknownName(type, selector.type, 'either')
  return inResource ? propertyLines(type, node, property, naming) : globalLines(node, property, naming)
}
