import type { BootRecord } from '../../facts/schema.ts'
import type { Contract } from '../../zone/contract.ts'
import { exactBytes } from '../bytes.ts'
import { zoneadm } from '../commands.ts'
import { rule } from '../rule.ts'

export const configurationBooted = rule({
  id: 'configuration/booted',
  title: 'The guest runs with what its configuration says',
  doc:
    'Memory, virtual CPUs and NICs of the guest as it booted must be those of its configuration, since the target ' +
    'makes the machine anew from the configuration. A change made after the boot takes effect at the next boot only: ' +
    'reboot the zone first, or take the change back.',
  remedy: 'Reboot the zone with its new configuration, or take the change back.',
  kinds: ['warm', 'live'],
  severity: 'error',
  needs: { booted: 'boot' },
  *check({ booted }, { contract, zone }) {
    for (const { property, running, configured } of comparisons(contract, booted)) {
      if (running === configured) continue
      yield {
        property,
        source: `${running} (running), ${configured} (configured)`,
        target: `${configured} (as configured)`,
        why: 'The configuration was changed after the boot: the machine made there would not be the one that runs',
        remedies: [
          { how: 'Reboot the zone with its new configuration', commands: [zoneadm(zone.name, 'reboot')] },
          { how: `Or take the change back, to ${running}` },
        ],
      }
    }
  },
})

interface Comparison {
  readonly property: string
  readonly running: string
  readonly configured: string
}

function comparisons(contract: Contract, booted: BootRecord): Comparison[] {
  const keys = [...contract.nics, ...booted.nics].map(({ kind, id }) => `${kind} ${id}`)
  return [
    {
      property: 'capped-memory:physical',
      running: exactBytes(booted.memoryBytes),
      configured: exactBytes(contract.memory.physicalBytes),
    },
    // Guests boot with as many CPUs as they are prepared for: none is added later.
    { property: 'virtual-cpu:ncpus', running: String(booted.maxCpus), configured: String(contract.ncpus) },
    ...[...new Set(keys)].map((key) => {
      const nic = contract.nics.find(({ kind, id }) => key === `${kind} ${id}`)
      const running = booted.nics.find(({ kind, id }) => key === `${kind} ${id}`)?.mac ?? 'none'
      // An address not generated yet is taken over from the running guest.
      const configured = nic === undefined ? 'none' : (nic.macAddress ?? running)
      return { property: `${key}:mac-address`, running, configured }
    }),
  ]
}
