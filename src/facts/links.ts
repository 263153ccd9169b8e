import { z } from 'zod'
import { runCommand } from '../util/run-command.ts'
import type { Link } from './schema.ts'

const ipLinks = z.array(
  z.object({
    ifname: z.string(),
    flags: z.array(z.string()),
    mtu: z.number(),
    link_type: z.string(),
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
  const kind = linkinfo?.info_kind
  if (kind === undefined) return link_type === 'ether' ? 'ethernet' : 'other'
  return kinds.get(kind) ?? 'other'
}

/**
 * Reads what `ip -j -d link show` writes. `up` is what the administrator ordered: a bridge without a port has no
 * carrier, and gets it with the first zone.
 *
 * @throws ZodError, SyntaxError
 */
export function parseIpLinks(text: string): Link[] {
  return ipLinks.parse(JSON.parse(text)).map((link) => ({
    name: link.ifname,
    kind: kindOf(link),
    up: link.flags.includes('UP'),
    mtu: link.mtu,
    vlanFiltering: link.linkinfo?.info_kind === 'bridge' && link.linkinfo.info_data?.vlan_filtering === 1,
  }))
}

/**
 * The network links of this host, ip-link(8).
 *
 * @throws ZoneError COMMAND_MISSING, COMMAND_FAILED
 */
export async function readLinks(signal?: AbortSignal): Promise<Link[]> {
  return parseIpLinks((await runCommand('ip', ['-j', '-d', 'link', 'show'], { signal })).stdout)
}
