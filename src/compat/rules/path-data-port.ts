import type { PathTrial } from '../input.ts'
import { type Context, type RemedyDraft, rule } from '../rule.ts'

export const pathDataPort = rule({
  id: 'path/data-port',
  title: "The source can reach the target's port for the guest's memory",
  doc:
    "The guest's memory goes straight from one QEMU to the other, not through ssh: to a free port at the address of " +
    'the target that ssh has reached. The check lets a QEMU listen there as the migration will, and connects to it. ' +
    'What a firewall or a missing route would stop is so found out before anything moves.',
  remedy: "Let TCP from the source in to the target's free ports (sysctl net.ipv4.ip_local_port_range).",
  kinds: ['live'],
  severity: 'error',
  needs: { path: 'path' },
  check({ path }, context) {
    if (path === null || path.came === 'through') return []
    // What came to the port and no further is the matter of path/encryption.
    if (path.came === 'to the port' && path.encrypted) return []
    const { source, target } = context
    return [
      {
        property: 'data port',
        source: `${source.host.name} connects to ${path.host}, port ${path.port}`,
        target: path.words ?? 'no answer',
        why: `The guest's memory could not get to ${target.host.name}`,
        remedies: letIn(path, context),
      },
    ]
  },
})

function letIn({ host }: PathTrial, { source, target }: Context): RemedyDraft[] {
  return [
    {
      how: `Let TCP from ${source.host.name} in to the free ports of ${target.host.name}; see which, and what filters them`,
      on: 'target',
      commands: ['sysctl net.ipv4.ip_local_port_range', 'nft list ruleset'],
    },
    {
      how: `See which way ${source.host.name} goes there; if it is the wrong one, name another address of ${target.host.name}`,
      on: 'source',
      commands: [`ip route get ${host}`],
    },
  ]
}
