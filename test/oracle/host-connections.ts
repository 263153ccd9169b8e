import { readFile, readlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { runCommand } from '../../src/util/run-command.ts'
import type { Machine } from '../../src/vm/machine.ts'

/** What a machine is connected to on its host, which the guest notices later or never. */
export interface HostConnections {
  readonly nics: readonly NicConnection[]
  /** For each disk by its node: size in bytes. */
  readonly disks: readonly string[]
}

/** IFF_UP of netdevice(7). */
const isUp = 1

const blockSchema = z.array(
  z.object({
    inserted: z
      .object({ 'node-name': z.string().optional(), image: z.object({ 'virtual-size': z.number() }) })
      .optional(),
  }),
)

export interface NicConnection {
  /** Link, bridge and its state, and the port's VLANs. */
  readonly to: string
  /** The largest packet that gets through link and bridge. */
  readonly mtu: number
}

export async function connectionsOf({ qemu: { qmp }, links }: Machine): Promise<HostConnections> {
  const [nics, blocks] = await Promise.all([
    Promise.all(links.map(nicOf)),
    qmp.execute('query-block', {}, { schema: blockSchema }),
  ])
  const disks = blocks.map(
    ({ inserted }) => `${inserted?.['node-name'] ?? 'empty'} ${inserted?.image['virtual-size'] ?? 0}`,
  )
  return { nics, disks: disks.toSorted() }
}

async function nicOf(link: string): Promise<NicConnection> {
  const sys = (name: string, file: string) =>
    readFile(join('/sys/class/net', name, file), 'utf8').then((text) => text.trim())
  const bridge = basename(await readlink(join('/sys/class/net', link, 'master')))
  const [linkMtu, bridgeMtu, flags, filtering, vlans] = await Promise.all([
    sys(link, 'mtu'),
    sys(bridge, 'mtu'),
    sys(bridge, 'flags'),
    sys(bridge, 'bridge/vlan_filtering').catch(() => '0'),
    runCommand('bridge', ['-j', 'vlan', 'show', 'dev', link]).then(({ stdout }) => stdout.trim()),
  ])
  const state = Number(flags) & isUp ? 'up' : 'down'
  // Without filtering a port's VLANs are only noted.
  const to = `${link} in ${bridge}, ${state}, VLANs ${filtering === '1' ? vlans : 'not told apart'}`
  return { to, mtu: Math.min(Number(linkMtu), Number(bridgeMtu)) }
}
