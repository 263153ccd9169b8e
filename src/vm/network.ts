import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { ZoneError } from '../errors.ts'
import { runCommand } from '../util/run-command.ts'
import { nicKey } from './command-line.ts'
import type { NicSpec } from './schema.ts'

/** How a zone's NICs reach the network of this host. */
export interface ZoneNetwork {
  /** QEMU's `-netdev` by NIC key. */
  readonly netdevs: ReadonlyMap<string, string>
  /** Names of the links made, for `removeLinks`. */
  readonly links: readonly string[]
}

export interface NicAttachment {
  readonly nic: NicSpec
  /** The bridge, resolved; undefined: the hypervisor's user-mode network. */
  readonly bridge: string | undefined
  readonly vlanId?: number | undefined
  /** MTU of the link, in bytes. */
  readonly mtu?: number | undefined
}

function linkPrefix(uuid: string): string {
  return `kz${createHash('sha256').update(uuid).digest('hex').slice(0, 8)}`
}

/** The links that exist on this host for a zone. */
export async function linksOfZone(uuid: string): Promise<string[]> {
  const names = await readdir('/sys/class/net').catch(() => [])
  return names.filter((name) => name.startsWith(linkPrefix(uuid)))
}

/** Name of a zone's link on the host: short enough for the kernel (15 characters), the same at every boot. */
export function linkName(uuid: string, nic: NicSpec): string {
  return `${linkPrefix(uuid)}${nic.kind === 'anet' ? 'a' : 'n'}${nic.id}`
}

/** QEMU's `-netdev` by NIC key. */
export function netdevsOf(uuid: string, attachments: readonly NicAttachment[]): Map<string, string> {
  return new Map(
    attachments.map(({ nic, bridge }) => {
      const tap = `tap,ifname=${linkName(uuid, nic)},script=no,downscript=no`
      return [nicKey(nic), bridge === undefined ? 'user' : tap]
    }),
  )
}

function addCommands(link: string, { bridge, mtu }: NicAttachment): string[] {
  return [
    `tuntap add dev ${link} mode tap`,
    ...(mtu === undefined ? [] : [`link set dev ${link} mtu ${mtu}`]),
    `link set dev ${link} master ${bridge} up`,
  ]
}

/**
 * Makes the host's side of a zone's NICs: a tap in the bridge of each `lower-link`. All or none.
 *
 * @throws ZoneError NETWORK_FAILED
 */
export async function addLinks(
  uuid: string,
  attachments: readonly NicAttachment[],
  signal?: AbortSignal,
): Promise<ZoneNetwork> {
  const bridged = attachments.filter(({ bridge }) => bridge !== undefined)
  const links = bridged.map(({ nic }) => linkName(uuid, nic))
  const netdevs = netdevsOf(uuid, attachments)
  if (bridged.length === 0) return { netdevs, links }
  // What a crash left behind under our names would stand in the way.
  await removeLinks(links)
  const batch = bridged.flatMap((attachment, index) => addCommands(links[index] ?? '', attachment))
  try {
    await runCommand('ip', ['-batch', '-'], { input: `${batch.join('\n')}\n`, signal })
    await Promise.all(
      bridged.map(({ vlanId }, index) =>
        vlanId === undefined ? Promise.resolve() : setVlan(links[index] ?? '', vlanId),
      ),
    )
  } catch (error) {
    await removeLinks(links)
    const names = [...new Set(bridged.map(({ bridge }) => bridge))].join(', ')
    throw new ZoneError(`Cannot attach the zone's NICs to ${names}: ${(error as Error).message}`, {
      code: 'NETWORK_FAILED',
      remedy: 'Check that lower-link names a bridge of this host: ip link show type bridge',
      cause: error,
    })
  }
  return { netdevs, links }
}

/** The port is an access port of that VLAN: untagged for the guest. */
async function setVlan(link: string, vlanId: number): Promise<void> {
  await runCommand('bridge', ['vlan', 'del', 'dev', link, 'vid', '1'])
  await runCommand('bridge', ['vlan', 'add', 'dev', link, 'vid', String(vlanId), 'pvid', 'untagged'])
}

/** Removes links; those that are not there any more do not matter. */
export async function removeLinks(links: readonly string[]): Promise<void> {
  if (links.length === 0) return
  const batch = links.map((link) => `link del dev ${link}\n`).join('')
  await runCommand('ip', ['-force', '-batch', '-'], { input: batch }).catch(() => undefined)
}
