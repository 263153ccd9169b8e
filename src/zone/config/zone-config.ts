import { findChild, type ResourceType } from '../schema/resource-type.ts'

/** A resource of a configuration: a node of a tree that follows the schema. Never changed in place. */
export interface ConfigNode {
  /** Name of its type in the schema; the zone itself is `global`. */
  readonly type: string
  /** Only what is set, in canonical form, tokens not expanded. */
  readonly values: Readonly<Record<string, string>>
  /** In the order of the schema, resources of one type by number. */
  readonly children: readonly ConfigNode[]
}

/** A zone's configuration: its global properties and its resources. The zone's name is not a part of it. */
export type ZoneConfig = ConfigNode

export const emptyConfig: ZoneConfig = { type: 'global', values: {}, children: [] }

/** The resources of a type. */
export function childrenOf(node: ConfigNode, type: string): ConfigNode[] {
  return node.children.filter((child) => child.type === type)
}

/** A copy with one property set, or unset. */
export function withValue(node: ConfigNode, property: string, value: string | undefined): ConfigNode {
  const { [property]: _, ...others } = node.values
  return { ...node, values: value === undefined ? others : { ...others, [property]: value } }
}

/** A copy with other children, brought into the order of the schema. */
export function withChildren(
  type: ResourceType,
  node: ConfigNode,
  children: readonly ConfigNode[],
): ConfigNode {
  const places = new Map(type.children.map(({ name }, place) => [name, place]))
  const placeOf = (child: ConfigNode) => places.get(child.type) ?? 0
  const numberOf = (child: ConfigNode) =>
    Number(child.values[findChild(type, child.type)?.numbered ?? ''] ?? 0)
  const sorted = children.toSorted((a, b) => placeOf(a) - placeOf(b) || numberOf(a) - numberOf(b))
  return { ...node, children: sorted }
}
