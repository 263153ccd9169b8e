import { z } from 'zod'
import { runCommand } from '../util/run-command.ts'
import type { Link } from './schema.ts'

const ipLinks = z.array(
  z.object({
    ifname: z.string(),
    flags: z.array(z.string()),
    mtu: z.number(),
    link_type: z.string(),
    address: z.string().optional(),
    master: z.string().optional(),
    addr_info: z.array(z.object({ local: z.string().optional() })).optional(),
    linkinfo: z
      .object({
        info_kind: z.string().optional(),
        info_data: z.object({ vlan_filtering: z.number().optional() }).optional(),
      })
      .optional(),
  }),
)
type IpLink = z.infer<typeof ipLinks>[number]

/** Kinds as the kernel names them; hardware has none. */
const kinds: ReadonlyMap<string | undefined, Link['kind']> = new Map([
  ['bridge', 'bridge'],
  ['vlan', 'vlan'],
  ['bond', 'bond'],
  ['veth', 'ethernet'],
])

function kindOf({ link_type, linkinfo }: IpLink): Link['kind'] {
  // Such as a bond of InfiniBand links: nothing that a NIC of a zone could have to do with.
  if (link_type !== 'ether') return 'other'
  const kind = linkinfo?.info_kind
  if (kind === undefined) return 'ethernet'
  return kinds.get(kind) ?? 'other'
}

const bridgePorts = z.array(
  z.object({
    ifname: z.string(),
    vlans: z.array(z.object({ vlan: z.number(), vlanEnd: z.number().optional() })).optional(),
  }),
)

/** Reads what `bridge -j vlan show` writes: the VLANs of each port, in ranges of first and last. */
export function parseBridgeVlans(text: string): Map<string, [number, number][]> {
  const ports = bridgePorts.parse(text.trim() === '' ? [] : JSON.parse(text))
  return new Map(
    ports.map(({ ifname, vlans = [] }) => [ifname, vlans.map(({ vlan, vlanEnd = vlan }) => [vlan, vlanEnd])]),
  )
}

/**
 * Reads what `ip -j -d addr show` writes. `up` is what the administrator ordered: a bridge without a port has no
 * carrier, and gets it with the first zone.
 *
 * @throws ZodError, SyntaxError
 */
export function parseIpLinks(
  text: string,
  vlans: ReadonlyMap<string, [number, number][]> = new Map(),
): Link[] {
  const all = ipLinks.parse(JSON.parse(text))
  const bridges = new Set(all.filter((link) => kindOf(link) === 'bridge').map(({ ifname }) => ifname))
  return all.map((link) => {
    const { ifname: name, address, master, addr_info: addresses = [] } = link
    const carried = vlans.get(name)
    return {
      name,
      kind: kindOf(link),
      up: link.flags.includes('UP'),
      mtu: link.mtu,
      vlanFiltering: link.linkinfo?.info_kind === 'bridge' && link.linkinfo.info_data?.vlan_filtering === 1,
      addresses: addresses.flatMap(({ local }) => local?.toLowerCase() ?? []),
      ...(link.link_type === 'ether' && address !== undefined ? { macAddress: address } : {}),
      ...(master !== undefined && bridges.has(master) ? { bridge: master } : {}),
      ...(carried === undefined || bridges.has(name) ? {} : { vlans: carried }),
    }
  })
}

/**
 * The network links of this host, ip-address(8), and what the ports of its bridges carry, bridge(8).
 *
 * @throws ZoneError COMMAND_MISSING, COMMAND_FAILED
 */
export async function readLinks(signal?: AbortSignal): Promise<Link[]> {
  const [links, vlans] = await Promise.all([
    runCommand('ip', ['-j', '-d', 'addr', 'show'], { signal }),
    runCommand('bridge', ['-j', 'vlan', 'show'], { signal }),
  ])
  return parseIpLinks(links.stdout, parseBridgeVlans(vlans.stdout))
}
