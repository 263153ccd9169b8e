import type { Property } from './property.ts'

/** One type of resource: its properties and sub-resources. */
export interface ResourceType {
  readonly name: string
  /** `one`: at most one in its parent, selected without a key. */
  readonly count: 'one' | 'many'
  /** Properties that tell two resources of this type apart; empty if nothing does. */
  readonly keys: readonly string[]
  /** A property that is given the lowest free number at `end` if it is unset. */
  readonly numbered: string | undefined
  readonly brand: 'solaris-kz'
  readonly properties: readonly Property[]
  readonly children: readonly ResourceType[]
  readonly help: string
}

type Options = Partial<Omit<ResourceType, 'name' | 'help' | 'properties' | 'brand'>>

/** Makes an entry of the table; unless said otherwise there may be many. */
export function resourceType(
  name: string,
  help: string,
  properties: readonly Property[],
  options: Options = {},
): ResourceType {
  return {
    name,
    count: 'many',
    keys: [],
    numbered: undefined,
    brand: 'solaris-kz',
    properties,
    children: [],
    help,
    ...options,
  }
}

export function findProperty(type: ResourceType, name: string): Property | undefined {
  return type.properties.find((property) => property.name === name)
}

export function findChild(type: ResourceType, name: string): ResourceType | undefined {
  return type.children.find((child) => child.name === name)
}
