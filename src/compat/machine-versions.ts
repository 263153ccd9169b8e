/** The versions of one family of machines among those that a QEMU knows, oldest first: `pc-q35-7.1`, `pc-q35-7.2`. */
export function versionsOf(family: string, machineTypes: readonly string[]): string[] {
  return machineTypes
    .filter((type) => type.startsWith(`${family}-`) && /^\d+(\.\d+)*$/.test(type.slice(family.length + 1)))
    .toSorted((a, b) => compareNumbers(a.slice(family.length + 1), b.slice(family.length + 1)))
}

/** The family of a machine type: `pc-q35` of `pc-q35-7.2`. */
export function familyOf(machineType: string): string {
  return machineType.replace(/-?\d+(\.\d+)*$/, '')
}

/** The versions of a family in one phrase. */
export function describeVersions(family: string, machineTypes: readonly string[]): string {
  const versions = versionsOf(family, machineTypes)
  const [oldest] = versions
  if (oldest === undefined) return `no ${family}`
  return versions.length === 1 ? oldest : `${oldest} to ${versions.at(-1)}`
}

/** Compares two versions such as `7.2.22`: negative if `a` is older, 0 if equal. */
export function compareNumbers(a: string, b: string): number {
  if (a === b) return 0
  const [left, right] = [a, b].map((version) => version.split('.').map(Number))
  const differences = (left ?? []).map((part, index) => part - (right?.[index] ?? 0))
  return differences.find((difference) => difference !== 0) ?? 0
}
