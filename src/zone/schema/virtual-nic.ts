import { hostAddress, macAddress } from './network-kinds.ts'
import { type Property, type PropertyOptions, property } from './property.ts'
import { integer, listOf, trueOrFalse, type ValueKind, wordOr } from './value-kind.ts'

/** A property of a virtual NIC: all of them must match for a migration. */
export function nicProperty(
  name: string,
  help: string,
  kind?: ValueKind,
  options: PropertyOptions = {},
): Property {
  return property(name, help, kind, { match: true, ...options })
}

/** What `anet` and `net` have in common; the parts of the name say where each belongs in `info`. */
export const nic = {
  allowedAddress: nicProperty('allowed-address', 'Addresses that the guest may use', listOf(hostAddress)),
  configureAllowedAddress: nicProperty(
    'configure-allowed-address',
    'Whether the guest configures the allowed addresses at boot',
    trueOrFalse,
    { default: 'true' },
  ),
  defrouter: nicProperty('defrouter', 'Default routers', listOf(hostAddress)),
  macAddress: nicProperty(
    'mac-address',
    'MAC address of the NIC; auto: one is generated once and remembered as auto-mac-address',
    wordOr(['auto', 'random'], macAddress),
    { default: 'auto', effect: 'acted-on' },
  ),
  autoMacAddress: nicProperty('auto-mac-address', 'The MAC address that was generated', macAddress, {
    shown: 'if-set',
    effect: 'acted-on',
  }),
  mtu: nicProperty('mtu', 'Largest packet, in bytes', integer(68, 65_535), { effect: 'acted-on' }),
} as const
