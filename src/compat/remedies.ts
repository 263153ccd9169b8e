import { installQemu, quote, zoneadm, zonecfg } from './commands.ts'
import type { ZoneState } from './input.ts'
import type { CommandDraft, Context, RemedyDraft, Side } from './rule.ts'

/** Storage that an operator has to name: the only thing in a command that nobody else can know. */
export const newStorage = 'iscsi://HOST/target.IQN,lun.LUN'

/** Whether there is a guest to be shut down. */
export function isUp({ state }: Pick<ZoneState, 'state'>): boolean {
  return state === 'running' || state === 'ready' || state === 'shutting_down'
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

/** The change takes effect with the next boot: the guest shuts down and boots, if it runs. */
export function restart(zone: ZoneState): CommandDraft[] {
  return isUp(zone) ? [{ on: 'source', command: zoneadm(zone.name, 'shutdown', '-r') }] : []
}

/** Moves the zone while it is down, by commands that do not check the running guest, since there is none. */
export function moveWhileDown({ zone, intent, target }: Context, targetHasOne: boolean): RemedyDraft {
  const { name } = zone
  const there = /^ssh:\/\/[^/]+$/.test(intent.targetUri) ? intent.targetUri : target.host.name
  const send = `zonecfg -z ${quote(name)} export -k | ssh ${quote(there)} zonecfg -z ${quote(name)} -f -`
  const here = [
    ...(isUp(zone) ? [zoneadm(name, 'shutdown')] : []),
    zoneadm(name, 'detach'),
    ...(targetHasOne ? [] : [send]),
  ]
  return {
    how: `Move the zone while it is down: it boots anew on ${target.host.name}, with a new uuid`,
    commands: [
      ...here.map((command) => ({ on: 'source' as const, command })),
      { on: 'target', command: zoneadm(name, 'attach') },
      { on: 'target', command: zoneadm(name, 'boot') },
    ],
  }
}

/** The same migration with other options; what is only planned, with saved facts, stays a plan. */
export function migrateWith(
  { zone, intent: { targetUri } }: Pick<Context, 'zone' | 'intent'>,
  ...options: readonly string[]
): string {
  const plan = targetUri.startsWith('facts:') ? ['-n'] : []
  return zoneadm(zone.name, 'migrate', ...plan, ...options, targetUri)
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
