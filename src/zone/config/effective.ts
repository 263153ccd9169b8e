import { findProperty, type ResourceType } from '../schema/resource-type.ts'
import { expandTokens, hasTokens, type TokenValues } from '../schema/tokens.ts'
import type { ConfigNode } from './zone-config.ts'

/** What tokens stand for that are not a matter of the configuration. */
export interface Naming {
  readonly zonename: string
  /** Value of `%{global-rootzpool}`. Linux has no root pool; `rpool` is its name on Solaris. */
  readonly globalRootzpool?: string
}

const defaultRootPool = 'rpool'

/** The values of tokens within a resource. */
export function tokenValues(naming: Naming, node: ConfigNode): TokenValues {
  return {
    zonename: naming.zonename,
    id: node.values.id ?? '0',
    'global-rootzpool': naming.globalRootzpool ?? defaultRootPool,
  }
}

/** A property as it acts: tokens expanded, or its default if it is unset. */
export function effectiveValue(
  type: ResourceType,
  node: ConfigNode,
  name: string,
  naming: Naming,
): string | undefined {
  const property = findProperty(type, name)
  const value = node.values[name] ?? property?.default
  if (property === undefined || value === undefined) return undefined
  const expands = property.tokens.length > 0 && hasTokens(value)
  return expands ? expandTokens(value, tokenValues(naming, node), property.tokens) : value
}
