import { invalidValue, matching, type ValueKind } from './value-kind.ts'

/** A unicast MAC address, kept as Solaris prints it: lower case, no leading zeros (`2:8:20:e7:b8:79`). */
export const macAddress: ValueKind = {
  name: 'MAC address',
  expects: 'a unicast MAC address such as 2:8:20:e7:b8:79',
  list: false,
  values: [],
  canonical(given) {
    const octets = parseOctets(given)
    const [first = 1] = octets
    const unicast = first % 2 === 0 && octets.some((octet) => octet !== 0)
    if (octets.length !== 6 || !unicast) throw invalidValue(given, this.expects)
    return formatOctets(octets)
  },
}

/** The first octets of MAC addresses, such as `2:8:20`. */
export const macPrefix: ValueKind = {
  name: 'MAC prefix',
  expects: 'the first one to five octets of MAC addresses, such as 2:8:20',
  list: false,
  values: [],
  canonical(given) {
    const octets = parseOctets(given)
    const [first = 1] = octets
    if (octets.length === 0 || octets.length > 5 || first % 2 !== 0) throw invalidValue(given, this.expects)
    return formatOctets(octets)
  },
}

/** An IPv4 or IPv6 address or a host name, with or without the length of its prefix. */
export const hostAddress = matching(
  'address',
  'an address such as 192.0.2.7/24 or a host name',
  /^[0-9A-Za-z_][0-9A-Za-z_.:-]{0,254}(\/\d{1,3})?$|^::[0-9A-Fa-f:.]{0,45}(\/\d{1,3})?$/,
)

/** The name of a link on the host: a bridge, or a datalink of Solaris. */
export const linkName = matching(
  'link',
  'the name of a link, such as br0',
  /^[A-Za-z0-9_][A-Za-z0-9_.:@/-]{0,63}$/,
)

export const vlanIdExpectation = 'a VLAN id from 1 to 4094'

/** A range of VLAN ids, `100-199`, or one id. */
export const vlanIdRange: ValueKind = {
  name: 'VLAN ids',
  expects: 'a VLAN id or a range such as 100-199, from 1 to 4094',
  list: false,
  values: [],
  canonical(given) {
    const match = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(given)
    const from = Number(match?.[1] ?? 0)
    const to = Number(match?.[2] ?? from)
    if (from < 1 || to > 4094 || from > to) throw invalidValue(given, this.expects)
    return match?.[2] === undefined ? String(from) : `${from}-${to}`
  },
}

function parseOctets(text: string): number[] {
  const octets = text.split(/[:-]/)
  return octets.every((octet) => /^[0-9a-f]{1,2}$/i.test(octet))
    ? octets.map((octet) => Number.parseInt(octet, 16))
    : []
}

/** Octets in the form of Solaris, without leading zeros. */
export function formatOctets(octets: Iterable<number>): string {
  return [...octets].map((octet) => octet.toString(16)).join(':')
}
