import type { Contract, ContractDevice, ContractNic } from '../../zone/contract.ts'
import { findProperty } from '../../zone/schema/resource-type.ts'
import { zoneType } from '../../zone/schema/zone-type.ts'
import { exactBytes } from '../bytes.ts'
import { setOrClear, zonecfg } from '../commands.ts'
import { perObject } from '../per-object.ts'
import { pathOf } from '../property-path.ts'
import { giveGuestUp } from '../remedies.ts'
import { type RemedyDraft, rule, type Side } from '../rule.ts'

export const configurationSuspended = rule({
  id: 'configuration/suspended',
  title: 'A suspended guest finds the machine that it left',
  doc:
    'A guest goes on from its image with the memory, virtual CPUs, CPU class, host id, disks and NICs that it was suspended with. ' +
    'A host whose configuration of the zone says anything else refuses to resume it: it would be a suspended zone that ' +
    'nobody can resume there. hostid is no property that has to match while a zone runs or is down, and two configurations ' +
    'that were made by hand seldom have the same.',
  remedy: 'Take the change back, or boot the zone anew and give its suspended guest up.',
  kinds: ['warm'],
  severity: 'error',
  needs: { existing: 'targetContract' },
  *check({ existing }, { contract, guest, zone, source, target }) {
    if (guest === undefined) return
    for (const { property, had, has, takeBack } of changes(contract)(guest)) {
      yield {
        property,
        source: `${had ?? absent} in the suspended guest, ${has ?? absent} in the configuration`,
        target: has ?? absent,
        why: `The configuration was changed after the zone was suspended: neither ${source.host.name} nor ${target.host.name} would resume it`,
        remedies: [...back(zone.name, 'source', takeBack), giveGuestUp(zone.name)],
      }
    }
    // All else is compared between the two configurations.
    if (existing === null || existing.hostid === guest.hostid) return
    yield {
      property: 'hostid',
      source: guest.hostid ?? absent,
      target: existing.hostid ?? absent,
      why: `The guest would find another host id, so ${target.host.name} would not resume it`,
      remedies: back(zone.name, 'target', [setOrClear('hostid', guest.hostid)]),
    }
  },
})

const absent = 'not set'

interface Change {
  readonly property: string
  /** Undefined: it was not set, or not there. */
  readonly had: string | undefined
  readonly has: string | undefined
  /** Subcommands of zonecfg; none: it takes more than a line. */
  readonly takeBack: readonly string[]
}

function back(zone: string, on: Side, takeBack: readonly string[]): RemedyDraft[] {
  if (takeBack.length === 0) return [{ how: 'Take the change back with zonecfg', on }]
  return [{ how: 'Take the change back', on, commands: [zonecfg(zone, ...takeBack)] }]
}

/** The same for every target that a zone is checked against. */
const changes = perObject((contract: Contract) =>
  perObject((guest: Contract) =>
    [
      ...globals(guest, contract),
      ...each(guest.devices, contract.devices, ({ id }) => `device[id=${id}]`, deviceChanges),
      ...each(guest.nics, contract.nics, ({ kind, id }) => `${kind}[id=${id}]`, nicChanges),
    ].filter(({ had, has }) => had !== has),
  ),
)

const defaultClass = findProperty(zoneType, 'cpu-arch')?.default

function globals(guest: Contract, contract: Contract): Change[] {
  const [memory, cpus] = [exactBytes(guest.memory.physicalBytes), String(guest.ncpus)]
  return [
    {
      property: 'capped-memory:physical',
      had: memory,
      has: exactBytes(contract.memory.physicalBytes),
      takeBack: ['add capped-memory', `set physical=${memory}`, 'end'],
    },
    {
      property: 'virtual-cpu:ncpus',
      had: cpus,
      has: String(contract.ncpus),
      takeBack: ['add virtual-cpu', `set ncpus=${cpus}`, 'end'],
    },
    {
      property: 'cpu-arch',
      had: guest.cpuArch ?? defaultClass,
      has: contract.cpuArch ?? defaultClass,
      takeBack: [setOrClear('cpu-arch', guest.cpuArch)],
    },
    {
      property: 'hostid',
      had: guest.hostid,
      has: contract.hostid,
      takeBack: [setOrClear('hostid', guest.hostid)],
    },
  ]
}

/** What only the guest has, or only the configuration, is one change; the properties of the others are compared. */
function each<T>(
  guest: readonly T[],
  configured: readonly T[],
  nameOf: (item: T) => string,
  compare: (had: T, has: T) => Change[],
): Change[] {
  const [then, now] = [guest, configured].map((items) => new Map(items.map((item) => [nameOf(item), item])))
  return [...new Set([...(then?.keys() ?? []), ...(now?.keys() ?? [])])].flatMap((name) => {
    const [had, has] = [then?.get(name), now?.get(name)]
    if (had !== undefined && has !== undefined) return compare(had, has)
    const added = had === undefined
    const takeBack = added ? [`remove ${name.replace('[', ' ').replace(']', '')}`] : []
    return [
      { property: name, had: added ? undefined : 'present', has: added ? 'present' : undefined, takeBack },
    ]
  })
}

function deviceChanges(had: ContractDevice, has: ContractDevice): Change[] {
  const { id, storage } = had
  const takeBack = [`select device id=${id}`, setOrClear('storage', storage), 'end']
  return [{ property: pathOf('device', id, 'storage'), had: storage, has: has.storage, takeBack }]
}

function nicChanges(had: ContractNic, has: ContractNic): Change[] {
  const { kind, id } = had
  const text = (mtu: number | undefined) => (mtu === undefined ? undefined : String(mtu))
  const inside = (step: string) => [`select ${kind} id=${id}`, step, 'end']
  return [
    {
      property: pathOf(kind, id, 'mac-address'),
      had: had.macAddress,
      has: has.macAddress,
      takeBack: inside(setOrClear('mac-address', had.macAddress)),
    },
    {
      property: pathOf(kind, id, 'mtu'),
      had: text(had.mtu),
      has: text(has.mtu),
      takeBack: inside(setOrClear('mtu', text(had.mtu))),
    },
  ]
}
