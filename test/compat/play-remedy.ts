import assert from 'node:assert/strict'
import type { CheckInput } from '../../src/compat/input.ts'
import { isSuspended } from '../../src/compat/remedies.ts'
import type { Remedy } from '../../src/compat/schema.ts'
import { isKnown } from '../../src/facts/schema.ts'

export { isSuspended } from '../../src/compat/remedies.ts'

/** As `zoneadm` shows them; `changed`: suspended, in a machine that the configuration does not describe any more. */
type State =
  | 'absent'
  | 'configured'
  | 'incomplete'
  | 'unavailable'
  | 'installed'
  | 'suspended'
  | 'changed'
  | 'running'

/** By subcommand and option: the states in which it is not refused, and the one to which each leads. */
const steps: Readonly<Record<string, Partial<Record<State, State>>>> = {
  boot: { installed: 'running', suspended: 'running' },
  shutdown: { running: 'installed' },
  'shutdown -r': { running: 'running' },
  reboot: { running: 'running' },
  halt: { running: 'installed' },
  'halt --discard': { running: 'installed', suspended: 'installed', changed: 'installed' },
  suspend: { running: 'suspended' },
  move: { running: 'running', installed: 'installed' },
  detach: { installed: 'configured' },
  attach: { configured: 'installed', unavailable: 'installed' },
  mark: {
    installed: 'unavailable',
    suspended: 'unavailable',
    incomplete: 'unavailable',
    unavailable: 'unavailable',
  },
  rename: { configured: 'configured', unavailable: 'unavailable' },
  uninstall: {
    installed: 'configured',
    suspended: 'configured',
    incomplete: 'configured',
    unavailable: 'configured',
  },
  migrate: { running: 'running', installed: 'installed', suspended: 'suspended' },
}

/** Those that only look. */
const looks = ['list', 'facts', 'verify']

/** What a suspended guest would find changed. */
const machine = /cpu-arch|device|physical|ncpus|mac-address|mtu/

/** The input as if the guest of its zone were suspended. */
export function suspended(input: CheckInput): CheckInput {
  const zone = { ...input.zone, state: 'installed', auxiliary: ['suspended'] }
  return { ...input, zone, intent: { ...input.intent, kind: 'warm' } }
}

/** Types what a remedy says, host by host: each command has to be possible where the one before has led. */
export function playRemedy(input: CheckInput, rule: string, { how, commands }: Remedy): void {
  const { zone, source } = input
  const states = statesOf(input)
  const zoneHere = `${source.host.name} ${zone.name}`
  const had = states.get(zoneHere)
  for (const { host, command } of commands) {
    const target = sentTo(command)
    const [, program, name = zone.name, rest = ''] =
      /^(zoneadm|zonecfg)(?: -z (\S+))? ?(.*)$/.exec(command) ?? []
    if (program === undefined) continue
    const key = `${target === undefined ? host : input.target.host.name} ${name}`
    const state = states.get(key) ?? 'absent'
    const next = program === 'zoneadm' ? afterZoneadm(state, rest) : afterZonecfg(state, rest, target)
    assert.ok(next !== undefined, `${rule}, "${how}": ${command} on ${host} while ${name} is ${state}`)
    const [, newName = name] = /^rename (\S+)/.exec(rest) ?? []
    states.delete(key)
    states.set(`${key.split(' ')[0]} ${newName}`, next)
  }
  assert.notEqual(states.get(zoneHere), 'changed', `${rule}, "${how}": the suspended guest cannot go on`)
  if (!how.endsWith('and reboot') || (had !== 'running' && had !== 'suspended')) return
  assert.ok(
    commands.some(({ command }) => command.includes('shutdown -r')),
    `${rule}, "${how}": reboots`,
  )
  assert.equal(states.get(zoneHere), had, `${rule}, "${how}": afterwards as before`)
}

function statesOf({ zone, source, target }: CheckInput): Map<string, State> {
  const states = new Map<string, State>()
  for (const { host, zones } of [source, target]) {
    for (const other of isKnown(zones) ? zones.known : [])
      states.set(`${host.name} ${other.name}`, stateOf(other))
  }
  return states.set(`${source.host.name} ${zone.name}`, stateOf(zone))
}

function stateOf(zone: { readonly state: string; readonly auxiliary: readonly string[] }): State {
  return isSuspended(zone) ? 'suspended' : (zone.state as State)
}

/** Where a configuration is sent to by `zonecfg export | ssh`. */
function sentTo(command: string): string | undefined {
  return /\| ssh (\S+)/.exec(command)?.[1]
}

function afterZoneadm(state: State, words: string): State | undefined {
  const [name = '', option = ''] = words.split(' ')
  if (looks.includes(name) || /^migrate (.* )?(-n|-c list|--recover)( |$)/.test(words)) return state
  return (steps[`${name} ${option}`] ?? steps[name])?.[state]
}

function afterZonecfg(state: State, script: string, target: string | undefined): State | undefined {
  if (target !== undefined) return state === 'absent' ? 'configured' : undefined
  if (script.includes('delete -F')) return state === 'configured' ? 'absent' : undefined
  const changes = !script.startsWith("'info ") && machine.test(script)
  if (state === 'suspended' && changes) return 'changed'
  return state === 'absent' ? undefined : state
}
