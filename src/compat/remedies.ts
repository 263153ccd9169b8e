import { installQemu, quote, zoneadm, zonecfg } from './commands.ts'
import type { ZoneState } from './input.ts'
import type { CommandDraft, Context, RemedyDraft, Side } from './rule.ts'
import { savedFactsPath } from './saved-facts-path.ts'

/** Storage that an operator has to name: the only thing in a command that nobody else can know. */
export const newStorage = 'iscsi://HOST/target.IQN,lun.LUN'

/** Whether there is a guest to be shut down. */
export function isUp({ state }: Pick<ZoneState, 'state'>): boolean {
  return state === 'running' || state === 'ready' || state === 'shutting_down'
}

/** Whether its guest is in a suspend image. */
export function isSuspended({ auxiliary }: Pick<ZoneState, 'auxiliary'>): boolean {
  return auxiliary.includes('suspended')
}

/** Changes the configuration on both hosts where both have one: they must stay equal. */
export function configureBoth(
  zone: string,
  targetHasOne: boolean,
  ...subcommands: readonly string[]
): CommandDraft[] {
  const sides: Side[] = targetHasOne ? ['source', 'target'] : ['source']
  return sides.map((on) => ({ on, command: zonecfg(zone, ...subcommands) }))
}

/** Levels of host-compatible that choose a newer machine than the one that every host has. */
const higher = ['level2', 'native']

/** Sets host-compatible to the level that every host has, and leaves what else is in it; undefined: it is not above that. */
export function lowerLevel(hostCompatible: readonly string[]): string | undefined {
  if (!hostCompatible.some((word) => higher.includes(word))) return undefined
  const others = hostCompatible.filter((word) => !higher.includes(word) && word !== 'level1')
  return `set host-compatible=${['level1', ...others].join(',')}`
}

/**
 * The subcommand that ends a guest which is up: one that stands still, since its storage is full, hears no power button.
 */
export function ending({ auxiliary }: Pick<ZoneState, 'auxiliary'>): 'halt' | 'shutdown' {
  return auxiliary.includes('paused') ? 'halt' : 'shutdown'
}

/** What a guest has to be awake for: a suspended one goes on here first, and is suspended again at the end. */
export function whileAwake(zone: ZoneState, commands: readonly CommandDraft[]): CommandDraft[] {
  return isSuspended(zone) ? [here(zone, 'boot'), ...commands, here(zone, 'suspend')] : [...commands]
}

/**
 * Changes that take effect with the next boot: the guest shuts down and boots, if there is one. A suspended one has to go on
 * before the change, since its image fits only the machine that it was suspended in.
 */
export function changeAndReboot(zone: ZoneState, changes: readonly CommandDraft[]): CommandDraft[] {
  const reboot = ending(zone) === 'halt' ? here(zone, 'reboot') : here(zone, 'shutdown', '-r')
  return whileAwake(zone, hasGuest(zone) ? [...changes, reboot] : changes)
}

/** What is done while no guest uses the disks: it shuts down before and boots after, if there is one. */
export function whileDown(zone: ZoneState, commands: readonly CommandDraft[]): CommandDraft[] {
  if (!hasGuest(zone)) return [...commands]
  return whileAwake(zone, [here(zone, ending(zone)), ...commands, here(zone, 'boot')])
}

const hasGuest = (zone: ZoneState): boolean => isUp(zone) || isSuspended(zone)

/** A `zoneadm` command of the zone for the source. */
export function here({ name }: Pick<ZoneState, 'name'>, ...words: readonly string[]): CommandDraft {
  return { on: 'source', command: zoneadm(name, ...words) }
}

/** For a suspended guest that nobody can resume with the configuration that its zone has by now. */
export function giveGuestUp(zone: string): RemedyDraft {
  return {
    how: 'Or give the suspended guest up: the zone boots anew with the change, and what was in its memory is lost',
    commands: [zoneadm(zone, 'boot', '--discard')],
  }
}

/** Moves the zone while it is down, by commands that do not check the running guest, since there is none. */
export function moveWhileDown({ zone, intent, target }: Context, targetHasOne: boolean): RemedyDraft {
  const { name } = zone
  const there = /^ssh:\/\/[^/]+$/.test(intent.targetUri) ? intent.targetUri : target.host.name
  const send = `zonecfg -z ${quote(name)} export -k | ssh ${quote(there)} zonecfg -z ${quote(name)} -f -`
  const lost = isSuspended(zone)
    ? '; what is in the memory of the suspended guest is lost'
    : isUp(zone) && ending(zone) === 'halt'
      ? '; its guest stands still, and is ended as by pulling the plug'
      : ''
  return {
    how: `Move the zone while it is down: it boots anew on ${target.host.name}, with a new uuid${lost}`,
    commands: [
      ...(isUp(zone) ? [here(zone, ending(zone))] : []),
      ...(isSuspended(zone) ? [here(zone, 'halt', '--discard')] : []),
      here(zone, 'detach'),
      ...(targetHasOne ? [] : [{ on: 'source', command: send } as const]),
      { on: 'target', command: zoneadm(name, 'attach') },
      { on: 'target', command: zoneadm(name, 'boot') },
    ],
  }
}

/** The same migration with other options. To a host that is a file of saved facts it can only be tried. */
export function migrateWith(
  { zone, intent: { targetUri } }: Pick<Context, 'zone' | 'intent'>,
  ...options: readonly string[]
): string {
  const trial = savedFactsPath(targetUri) === undefined ? [] : ['-n']
  return zoneadm(zone.name, 'migrate', ...trial, ...options, targetUri)
}

/** Brings QEMU up to date on one of the hosts. */
export function updateQemu(on: Side, { source, target }: Context, wanted: string): RemedyDraft {
  const { host, architecture } = on === 'source' ? source : target
  return {
    how: `Install ${wanted} on ${host.name} (on Debian 12 from backports: add -t bookworm-backports)`,
    on,
    commands: ['apt-get update', installQemu(architecture)],
  }
}

/** Lets an operator see what a host finds behind a storage URI, by the same driver as the guest's. */
export function lookAtStorage(storage: string, on: Side, how: string): RemedyDraft {
  return { how, on, commands: [`suriadm lookup-mapping ${quote(storage)}`] }
}
