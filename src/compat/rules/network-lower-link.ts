import type { Link } from '../../facts/schema.ts'
import { linksByName } from '../facts-index.ts'
import { pathOf } from '../property-path.ts'
import { configureBoth } from '../remedies.ts'
import { type RemedyDraft, rule } from '../rule.ts'
import { targetNics } from '../target-network.ts'

export const networkLowerLink = rule({
  id: 'network/lower-link',
  title: 'The bridge of each NIC is there on the target, and up',
  doc:
    'Each anet and net is attached to the bridge named by lower-link (physical for a net). The target needs a bridge ' +
    'of that name that is up; for auto it needs one that it offers for it. Where an ordinary user runs zonesd on both ' +
    'hosts, NICs have the user-mode network of QEMU and need no bridge.',
  remedy: 'Make the bridge and bring it up on the target, or set lower-link=auto and let each host choose.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { links: 'target.links', auto: 'target.defaultLink', existing: 'targetContract' },
  *check({ links, auto, existing }, { contract, zone, source, target }) {
    // On both hosts the guest has the user-mode network: no bridge is asked for.
    if (target.userNetwork && source.userNetwork) return
    const canChoose = auto !== null && isUsable(linksByName(links).get(auto))
    for (const { nic, linkName, link } of targetNics(contract, existing, links, auto)) {
      if (isUsable(link)) continue
      const { kind, id, lowerLink } = nic
      const bridges = links.filter((candidate) => candidate.kind === 'bridge').map(({ name }) => name)
      const choose: RemedyDraft = {
        how: `Or let each host choose its bridge (${target.host.name} would take ${auto ?? ''})`,
        commands: configureBoth(
          zone.name,
          existing !== null,
          `select anet id=${id}`,
          'set lower-link=auto',
          'end',
        ),
      }
      yield {
        property: pathOf(kind, id, kind === 'net' ? 'physical' : 'lower-link'),
        source: lowerLink,
        target: `${describe(linkName, link)} (bridges: ${bridges.join(', ') || 'none'})`,
        why: 'The NIC would have nothing to be attached to: the guest drops off the network',
        remedies: [
          makeIt(linkName, link, target.host.name),
          ...(kind === 'anet' && canChoose ? [choose] : []),
        ],
      }
    }
  },
})

function isUsable(link: Link | undefined): boolean {
  return link?.kind === 'bridge' && link.up
}

function describe(name: string | null, link: Link | undefined): string {
  if (name === null) return 'no bridge for auto'
  if (link === undefined) return `no link ${name}`
  return link.kind === 'bridge' ? `${name} is down` : `${name} is no bridge but ${link.kind}`
}

function makeIt(name: string | null, link: Link | undefined, host: string): RemedyDraft {
  const on = 'target'
  if (name === null) {
    return { how: `Make a bridge on ${host} that carries its default route, or name one in lower-link`, on }
  }
  const up = `ip link set ${name} up`
  if (link?.kind === 'bridge') return { how: 'Bring it up', on, commands: [up] }
  if (link !== undefined) {
    return { how: `Give the bridge another name than ${name}, which is taken on ${host}, on both hosts` }
  }
  return {
    how: 'Make the bridge, then add an uplink to it (ip link set UPLINK master BRIDGE)',
    on,
    commands: [`ip link add ${name} type bridge`, up],
  }
}
