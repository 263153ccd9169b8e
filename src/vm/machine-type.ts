import { ZoneError } from '../errors.ts'

/** Machine type by feature level of `host-compatible`; the modifiers (adi, memlzr) do not change the machine. */
const levels: ReadonlyMap<string, string> = new Map([
  ['level1', 'pc-q35-7.2'],
  ['level2', 'pc-q35-10.0'],
])

/** Without a level: the oldest machine that a supported hypervisor knows, so that the zone can go anywhere. */
const baseline = 'pc-q35-7.2'

/** Versions of the q35 machine in a list of machine types, oldest first. */
export function q35Versions(machineTypes: readonly string[]): string[] {
  const version = (type: string) => {
    const [, major, minor] = /^pc-q35-(\d+)\.(\d+)$/.exec(type) ?? []
    return major === undefined ? undefined : Number(major) * 1000 + Number(minor)
  }
  return machineTypes
    .filter((type) => version(type) !== undefined)
    .toSorted((a, b) => (version(a) ?? 0) - (version(b) ?? 0))
}

/**
 * The versioned machine that a zone boots with.
 *
 * @param hostCompatible levels and modifiers of the property; `native` takes the newest machine of this host
 * @param offered machine types that this host's hypervisor knows
 * @throws ZoneError MACHINE_UNKNOWN
 */
export function machineType(hostCompatible: readonly string[], offered: readonly string[]): string {
  const level = hostCompatible.find((value) => value === 'native' || levels.has(value))
  const type = level === 'native' ? q35Versions(offered).at(-1) : (levels.get(level ?? '') ?? baseline)
  if (type !== undefined && offered.includes(type)) return type
  const known = q35Versions(offered)
  throw new ZoneError(
    `The host-compatible value "${level ?? ''}" needs the machine ${type ?? 'q35'}, which this host's QEMU does not know (it knows ${known[0] ?? 'none'} to ${known.at(-1) ?? 'none'})`,
    { code: 'MACHINE_UNKNOWN', remedy: 'Clear host-compatible, or install a newer QEMU on this host' },
  )
}
