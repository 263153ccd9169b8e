import { type ConfigNode, withValue } from '../config/zone-config.ts'
import { formatOctets } from '../schema/network-kinds.ts'
import { findProperty, type ResourceType } from '../schema/resource-type.ts'

type RandomBytes = (count: number) => Uint8Array

/** First octets of the MAC addresses that Solaris makes up; the "locally administered" bit is set. */
const macPrefix = '2:8:20'

/** Gives a NIC whose MAC address is `auto` one that it keeps from then on. */
export function withMacAddress(type: ResourceType, node: ConfigNode, randomBytes: RandomBytes): ConfigNode {
  if (findProperty(type, 'auto-mac-address') === undefined) return node
  const wanted = node.values['mac-address'] ?? findProperty(type, 'mac-address')?.default
  if (wanted !== 'auto' && wanted !== 'random') return withValue(node, 'auto-mac-address', undefined)
  if (node.values['auto-mac-address'] !== undefined) return node
  const prefix = node.values['mac-prefix'] ?? macPrefix
  const missing = 6 - prefix.split(':').length
  return withValue(node, 'auto-mac-address', `${prefix}:${formatOctets(randomBytes(missing))}`)
}

/** A host id such as `0x2e7d2173`: 32 bits, not zero and not all ones. */
export function newHostid(randomBytes: RandomBytes): string {
  const [first = 0, ...rest] = randomBytes(4)
  const value = [(first % 254) + 1, ...rest].reduce((sum, octet) => sum * 256 + octet, 0)
  return `0x${value.toString(16)}`
}
