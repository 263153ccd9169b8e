import type { DiskSpec, MachineSpec, NicSpec } from './schema.ts'

/**
 * What a guest that was suspended in one machine would find changed in another, in words; empty if nothing. The machine
 * type, the accelerator and what only a boot reads are left out: the guest gets those of its image.
 */
export function guestDifferences(had: MachineSpec, wanted: MachineSpec): string[] {
  return [
    ...changed('memory', had.memoryBytes, wanted.memoryBytes, ' bytes'),
    ...changed('virtual CPUs', had.ncpus, wanted.ncpus),
    ...changed('the CPU', had.cpu, wanted.cpu),
    ...changed('hostid', had.hostid, wanted.hostid),
    ...each(had.disks, wanted.disks, ({ id }) => `device ${id}`, describeDisk),
    ...each(had.nics, wanted.nics, ({ kind, id }) => `${kind} ${id}`, describeNic),
  ]
}

function changed(
  what: string,
  had: string | number | undefined,
  wanted: string | number | undefined,
  unit = '',
): string[] {
  if (had === wanted) return []
  return [`${what}: ${had ?? 'none'}${unit} then, ${wanted ?? 'none'}${unit} now`]
}

function each<T>(
  had: readonly T[],
  wanted: readonly T[],
  nameOf: (item: T) => string,
  describe: (item: T) => string,
): string[] {
  const [then, now] = [had, wanted].map(
    (items) => new Map(items.map((item) => [nameOf(item), describe(item)])),
  )
  const names = new Set([...(then?.keys() ?? []), ...(now?.keys() ?? [])])
  return [...names].flatMap((name) => changed(name, then?.get(name), now?.get(name)))
}

const describeDisk = ({ storage }: DiskSpec) => storage
const describeNic = ({ macAddress, mtu }: NicSpec) =>
  mtu === undefined ? macAddress : `${macAddress}, MTU ${mtu}`
