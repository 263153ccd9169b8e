import { zonecfg } from '../commands.ts'
import type { RemedyDraft } from '../rule.ts'
import { rule } from '../rule.ts'
import { targetNics } from '../target-nics.ts'

export const networkLowerLink = rule({
  id: 'network/lower-link',
  title: 'The bridge of each NIC is there on the target, and up',
  doc:
    'Each anet and net is attached to the bridge named by lower-link (physical for a net). The target needs a bridge ' +
    'of that name that is up; for auto it needs one that it offers for it.',
  remedy: 'Make the bridge and bring it up on the target, or set lower-link=auto and let each host choose.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { links: 'target.links', auto: 'target.defaultLink', existing: 'targetContract' },
  *check({ links, auto, existing }, { contract, zone, target }) {
    for (const { kind, id, lowerLink } of targetNics(contract, existing)) {
      const name = lowerLink === 'auto' ? auto : lowerLink
      const link = links.find((candidate) => candidate.name === name)
      if (link?.kind === 'bridge' && link.up) continue
      const property = kind === 'net' ? 'physical' : 'lower-link'
      const bridges = links.filter((candidate) => candidate.kind === 'bridge').map((bridge) => bridge.name)
      yield {
        property: `${kind} ${id}:${property}`,
        source: lowerLink,
        target:
          describe(name, link) + (link === undefined ? ` (bridges: ${bridges.join(', ') || 'none'})` : ''),
        why: 'The NIC would have nothing to be attached to: the guest drops off the network',
        remedies: remediesFor(
          name,
          link,
          {
            how: 'Or let each host choose its bridge',
            commands: [zonecfg(zone.name, `select ${kind} id=${id}`, `set ${property}=auto`, 'end')],
          },
          target.host.name,
        ),
      }
    }
  },
})

type LinkState = { readonly name: string; readonly kind: string; readonly up: boolean } | undefined

function describe(name: string | null, link: LinkState): string {
  if (name === null) return 'no bridge for auto'
  if (link === undefined) return 'not there'
  return link.kind === 'bridge' ? `${name} is down` : `${name} is no bridge but ${link.kind}`
}

function remediesFor(name: string | null, link: LinkState, choose: RemedyDraft, host: string): RemedyDraft[] {
  if (name === null) return [{ how: `Name a bridge of ${host} for auto, or make one`, on: 'target' }]
  const up = `ip link set ${name} up`
  if (link?.kind === 'bridge') return [{ how: 'Bring it up', on: 'target', commands: [up] }]
  if (link !== undefined) return [choose]
  return [
    {
      how: 'Make the bridge, and add an uplink to it',
      on: 'target',
      commands: [`ip link add ${name} type bridge`, up],
    },
    choose,
  ]
}
