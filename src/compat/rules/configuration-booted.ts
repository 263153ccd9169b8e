import type { BootRecord } from '../../facts/schema.ts'
import type { Contract } from '../../zone/contract.ts'
import { exactBytes } from '../bytes.ts'
import { perObject } from '../per-object.ts'
import { pathOf } from '../property-path.ts'
import { changeAndReboot, giveGuestUp, isSuspended } from '../remedies.ts'
import { rule } from '../rule.ts'

export const configurationBooted = rule({
  id: 'configuration/booted',
  title: 'The guest has what its configuration says',
  doc:
    'Memory, virtual CPUs, disks and NICs of the guest as it booted must be those of its configuration, by which the ' +
    'target connects the machine. A change made after the boot takes effect at the next boot only: ' +
    'reboot the zone first, or take the change back. A guest that was suspended before the change is not resumed with it.',
  remedy: 'Reboot the zone with its new configuration, or take the change back.',
  kinds: ['warm', 'live'],
  severity: 'error',
  needs: { booted: 'boot' },
  *check({ booted }, { contract, guest, zone, target }) {
    // All that a suspended guest was made from is the matter of configuration/suspended, where it is known.
    if (guest !== undefined) return
    for (const { property, running, configured } of differences(contract)(booted)) {
      yield {
        property,
        source: `${running} in the ${isSuspended(zone) ? 'suspended' : 'running'} guest, ${configured} in the configuration`,
        target: `${configured}, as configured`,
        why: `The configuration was changed after the boot: ${target.host.name} would connect another machine than the one that runs`,
        remedies: isSuspended(zone)
          ? [{ how: 'Take the change back with zonecfg' }, giveGuestUp(zone.name)]
          : [
              { how: 'Reboot the zone with its new configuration', commands: changeAndReboot(zone, []) },
              { how: 'Or take the change back with zonecfg' },
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

/** The same for every target that a zone is checked against. */
const differences = perObject((contract: Contract) =>
  perObject((booted: BootRecord) =>
    comparisons(contract, booted).filter(({ running, configured }) => running !== configured),
  ),
)

function comparisons(contract: Contract, booted: BootRecord): Comparison[] {
  return [
    {
      property: 'capped-memory:physical',
      running: exactBytes(booted.memoryBytes),
      configured: exactBytes(contract.memory.physicalBytes),
    },
    // Guests boot with as many CPUs as they are prepared for: none is added later.
    { property: 'virtual-cpu:ncpus', running: String(booted.maxCpus), configured: String(contract.ncpus) },
    ...contract.nics.map(({ kind, id, macAddress }) => {
      const running = booted.nics.find((nic) => nic.kind === kind && nic.id === id)?.mac ?? 'absent'
      // An address not generated yet is taken over from the running guest.
      return { property: pathOf(kind, id, 'mac-address'), running, configured: macAddress ?? running }
    }),
    ...removedNics(contract, booted),
    ...disks(contract, booted),
  ]
}

function removedNics(contract: Contract, booted: BootRecord): Comparison[] {
  return booted.nics
    .filter(({ kind, id }) => !contract.nics.some((nic) => nic.kind === kind && nic.id === id))
    .map(({ kind, id, mac }) => ({ property: `${kind}[id=${id}]`, running: mac, configured: 'absent' }))
}

/** Disks of a running guest are known by their ids: `device0`. */
function disks({ devices }: Contract, booted: BootRecord): Comparison[] {
  const running = booted.devices.map(({ id }) => id).filter((id) => /^device\d+$/.test(id))
  const configured = devices.map(({ id }) => `device${id}`)
  if (running.join() === configured.join()) return []
  return [...new Set([...running, ...configured])].map((id) => ({
    property: `device[id=${id.slice('device'.length)}]`,
    running: running.includes(id) ? 'present' : 'absent',
    configured: configured.includes(id) ? 'present' : 'absent',
  }))
}
