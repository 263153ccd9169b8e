import assert from 'node:assert/strict'
import type { CheckInput } from '../../src/compat/input.ts'
import type { Kind, Remedy } from '../../src/compat/schema.ts'
import { isKnown, type ZoneSummary } from '../../src/facts/schema.ts'

export { isSuspended } from '../../src/compat/remedies.ts'

/** As `zoneadm` shows them; `paused`: it runs, and its guest stands still; `changed`: suspended, in a machine that the configuration does not describe any more. */
type State =
  | 'absent'
  | 'configured'
  | 'incomplete'
  | 'unavailable'
  | 'installed'
  | 'suspended'
  | 'changed'
  | 'running'
  | 'paused'

/** By subcommand and option: the states in which it is not refused, and the one to which each leads. */
const steps: Readonly<Record<string, Partial<Record<State, State>>>> = {
  boot: { installed: 'running', suspended: 'running' },
  shutdown: { running: 'installed' },
  'shutdown -r': { running: 'running' },
  reboot: { running: 'running', paused: 'running' },
  halt: { running: 'installed', paused: 'installed' },
  'halt --discard': {
    running: 'installed',
    paused: 'installed',
    suspended: 'installed',
    changed: 'installed',
  },
  suspend: { running: 'suspended' },
  move: { running: 'running', paused: 'paused', installed: 'installed' },
  detach: { installed: 'configured' },
  attach: { configured: 'installed', unavailable: 'installed' },
  'mark unavailable': marked('unavailable'),
  'mark incomplete': marked('incomplete'),
  rename: { configured: 'configured', unavailable: 'unavailable' },
  uninstall: {
    installed: 'configured',
    suspended: 'configured',
    incomplete: 'configured',
    unavailable: 'configured',
  },
  migrate: { running: 'running', installed: 'installed', suspended: 'suspended' },
}

function marked(state: State): Partial<Record<State, State>> {
  return { installed: state, suspended: state, incomplete: state, unavailable: state }
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

interface ListedState {
  readonly state: ZoneSummary['state']
  readonly auxiliary: readonly string[]
}

/** By the kind of migration for which a zone is ready so; but of one whose guest stands still, which moves in no way. */
const leaving = [
  ['cold', { state: 'installed', auxiliary: [] }],
  ['warm', { state: 'installed', auxiliary: ['suspended'] }],
  ['live', { state: 'running', auxiliary: [] }],
  ['live', { state: 'running', auxiliary: ['paused'] }],
] as const satisfies readonly (readonly [Kind, ListedState])[]

const listedStates: readonly ListedState[] = [
  ...leaving.map(([, state]) => state),
  { state: 'configured', auxiliary: [] },
  { state: 'incomplete', auxiliary: [] },
  { state: 'unavailable', auxiliary: [] },
]

/** The input for each kind of migration, with its zone in the state for it, and once with a guest that stands still. */
export function inEachState(input: CheckInput): CheckInput[] {
  return leaving.map(([kind, state]) => ({
    ...input,
    zone: { ...input.zone, ...state },
    intent: { ...input.intent, kind },
  }))
}

/** The input with the zones of the target in each state. */
export function withTargetInEachState(input: CheckInput): CheckInput[] {
  const { target } = input
  const { zones } = target
  if (!isKnown(zones)) return []
  return listedStates.map((state) => {
    const known = zones.known.map((zone) => withState(zone, state))
    return { ...input, target: { ...target, zones: { known } } }
  })
}

function withState(zone: ZoneSummary, { state, auxiliary }: ListedState): ZoneSummary {
  return { ...zone, state, auxiliary: [...auxiliary] }
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
  if (!how.endsWith('and reboot') || (had !== 'running' && had !== 'suspended' && had !== 'paused')) return
  assert.ok(
    commands.some(({ command }) => command.includes(had === 'paused' ? 'reboot' : 'shutdown -r')),
    `${rule}, "${how}": reboots`,
  )
  assert.equal(
    states.get(zoneHere),
    had === 'paused' ? 'running' : had,
    `${rule}, "${how}": afterwards as before`,
  )
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
  const [found] = zone.auxiliary.filter((word) => word === 'suspended' || word === 'paused')
  return (found ?? zone.state) as State
}

/** Where a configuration is sent to by `zonecfg export | ssh`. */
function sentTo(command: string): string | undefined {
  return /\| ssh (\S+)/.exec(command)?.[1]
}

function afterZoneadm(state: State, words: string): State | undefined {
  const [name = '', option = ''] = words.split(' ')
  // It goes on by itself when there is room, which whoever looks has made.
  if (state === 'paused' && name === 'list') return 'running'
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
