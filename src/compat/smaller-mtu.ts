import type { BootRecord, Link } from '../facts/schema.ts'
import type { Contract } from '../zone/contract.ts'
import { uplinksByBridge } from './facts-index.ts'
import { pathOf } from './property-path.ts'
import type { Context, DifferenceDraft } from './rule.ts'
import { targetNics } from './target-network.ts'

interface Found {
  readonly booted: Pick<BootRecord, 'nics'>
  readonly links: readonly Link[]
  readonly auto: string | null
  readonly existing: Contract | null
}

/**
 * The NICs whose bridge on the target, or the best uplink of it, carries smaller frames than the guest sends.
 *
 * @param told how the guest comes to its MTU
 */
export function* smallerMtu(
  { booted, links, auto, existing }: Found,
  { contract }: Context,
  told: string,
): Generator<DifferenceDraft> {
  for (const { nic, link } of targetNics(contract, existing, links, auto)) {
    const { kind, id } = nic
    const guest = booted.nics.find((candidate) => candidate.kind === kind && candidate.id === id)
    if (link === undefined || guest === undefined) continue
    const narrow = narrowest(link, uplinksByBridge(links).get(link.name) ?? [])
    if (narrow.mtu >= guest.mtu) continue
    yield {
      property: pathOf(kind, id, 'mtu'),
      source: `${guest.mtu} (${told})`,
      target: `${narrow.mtu} (of ${narrow.name})`,
      why: 'The bridge there drops the large frames of the guest: its connections hang',
      remedies: [
        {
          how: `Raise it on ${link.name} and on each of its ports, the uplink among them`,
          on: 'target',
          commands: [
            `for port in $(ls /sys/class/net/${link.name}/brif); do ip link set $port mtu ${guest.mtu}; done`,
            `ip link set ${link.name} mtu ${guest.mtu}`,
          ],
        },
      ],
    }
  }
}

/** What a large frame fails at: the bridge, or all of its uplinks. One of several, such as that of a container, says nothing. */
function narrowest(bridge: Link, uplinks: readonly Link[]): Link {
  const [best = bridge] = uplinks.toSorted((a, b) => b.mtu - a.mtu)
  return best.mtu < bridge.mtu ? best : bridge
}
