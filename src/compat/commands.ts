/** Quotes a word for the shell, only where it needs quotes. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

/** A `zonecfg` command line that can be pasted. */
export function zonecfg(zone: string, ...subcommands: readonly string[]): string {
  return `zonecfg -z ${quote(zone)} ${quote(subcommands.join('; '))}`
}

/** A `zoneadm` command line that can be pasted. */
export function zoneadm(zone: string, ...words: readonly string[]): string {
  return ['zoneadm', '-z', zone, ...words].map(quote).join(' ')
}

/** A value as `zonecfg` takes it back: in double quotes if it holds a blank or a separator. */
export function configValue(text: string): string {
  return /^[^\s;"'#[(][^\s;"'#]*$/.test(text) ? text : `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}

/** The subcommand of `zonecfg` that gives a property a value, or takes it away. */
export function setOrClear(property: string, value: string | undefined): string {
  return value === undefined ? `clear ${property}` : `set ${property}=${configValue(value)}`
}

/** The command that installs QEMU, or brings it up to date, for guests of an architecture of `uname -m`. */
export function installQemu(architecture: string): string {
  return `apt-get install ${packages[architecture] ?? 'qemu-system'} qemu-block-extra`
}

const packages: Readonly<Record<string, string>> = {
  x86_64: 'qemu-system-x86',
  aarch64: 'qemu-system-arm',
  ppc64le: 'qemu-system-ppc',
}
