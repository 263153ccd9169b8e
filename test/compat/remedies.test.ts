import assert from 'node:assert/strict'
import { test } from 'node:test'
import { zoneadmCommands } from '../../src/cli/commands/zoneadm/commands.ts'
import { readOptions } from '../../src/cli/read-options.ts'
import { suriadmCommands } from '../../src/cli/suriadm/commands.ts'
import { check } from '../../src/compat/check.ts'
import type { CheckInput } from '../../src/compat/input.ts'
import type { Finding, Remedy } from '../../src/compat/schema.ts'
import { parseCommands } from '../../src/zone/language/parse-commands.ts'
import { inEachState, isSuspended, playRemedy, suspended, withTargetInEachState } from './play-remedy.ts'
import { inputOf, scenarios } from './read-scenarios.ts'

/** Programs of the host that remedies use besides those of kzone. */
const others = [
  'apt-get',
  'bridge',
  'cat',
  'dmesg',
  'dpkg',
  'echo',
  'for',
  'ip',
  'ls',
  'modprobe',
  'nft',
  'qemu-img',
  'sysctl',
  'systemctl',
  'tail',
  'timedatectl',
  'zonesd',
]

for (const scenario of scenarios) {
  const input = inputOf(scenario)
  if (input === undefined) continue
  test(`${scenario.file}: each command of a remedy is one of this release, with values in it`, () => {
    for (const { command } of check(input).findings.flatMap(commandsOf)) checkCommand(command)
  })
  test(`${scenario.file}: each remedy can be carried out in the state of the zone`, () => playAll(input))
  test(`${scenario.file}: and in each other state`, () => {
    for (const each of inEachState(input)) playAll(each)
  })
  test(`${scenario.file}: and those that are about zones of the target in each state of those`, () => {
    for (const each of withTargetInEachState(input)) playAll(each, ['identity/name', 'identity/target-state'])
  })
  test(`${scenario.file}: with saved facts of the target it is only tried to migrate there`, () => {
    const toFile = { ...input, intent: { ...input.intent, targetUri: 'facts:beta.json' } }
    for (const { command } of check(toFile).findings.flatMap(commandsOf))
      assert.doesNotMatch(command, /(?<! migrate -n(?: \S+)*) \S*facts:/)
  })
  if (isSuspended(input.zone)) continue
  test(`${scenario.file}: and if the zone were suspended`, () => playAll(suspended(input)))
}

function commandsOf({ remedies }: Finding): Remedy['commands'] {
  return remedies.flatMap(({ commands }) => commands)
}

/** @param only the remedies of these rules */
function playAll(input: CheckInput, only?: readonly string[]): void {
  for (const { rule, verdict, remedies } of check(input).findings) {
    if (only?.includes(rule) === false) continue
    if (verdict !== 'warn') assert.ok(remedies.length > 0, `${rule} has a remedy`)
    for (const remedy of remedies) if (!isForLater(input, rule, remedy)) playRemedy(input, rule, remedy)
  }
}

/** Another way to migrate is for when the guest of the zone does not stand still any more. */
function isForLater({ zone }: CheckInput, rule: string, { commands }: Remedy): boolean {
  const isPaused = zone.auxiliary.includes('paused')
  return isPaused && rule !== 'state/kind' && / migrate /.test(commands.at(-1)?.command ?? '')
}

function checkCommand(command: string): void {
  assert.doesNotMatch(command, /undefined|null|\bCLASS\b|NEW-NAME|SHARED-URI/)
  const [program = '', ...words] = splitWords(command)
  if (program === 'zoneadm') checkZoneadm(words)
  else if (program === 'zonecfg') checkZonecfg(words)
  else if (program === 'suriadm') checkSuriadm(words)
  else assert.ok(others.includes(program), `${program} is a program of the host`)
}

/** `zoneadm [-z NAME] SUBCOMMAND [OPTIONS] [OPERANDS]` */
function checkZoneadm(words: readonly string[]): void {
  const [name = '', ...args] = words[0] === '-z' ? words.slice(2) : words
  const { options, operands } = zoneadmCommands.find(name)
  const read = readOptions(args, options)
  assert.ok(read.operands.length <= operands.length, `${name} takes ${operands.join(' ')}`)
}

/** `suriadm SUBCOMMAND [OPTIONS] [OPERANDS]` */
function checkSuriadm([name = '', ...args]: readonly string[]): void {
  const { options, operands } = suriadmCommands.find(name)
  assert.equal(readOptions(args, options).operands.length, operands.length, name)
}

/** `zonecfg -z NAME SCRIPT`, or an export that is sent to another host. */
function checkZonecfg(words: readonly string[]): void {
  assert.equal(words[0], '-z')
  const pipe = words.indexOf('|')
  const script = words.slice(2, pipe === -1 ? undefined : pipe).join(' ')
  assert.ok(parseCommands(script).length > 0)
  if (pipe === -1) return
  const sending = words.slice(pipe)
  assert.deepEqual(sending, ['|', 'ssh', sending[2], 'zonecfg', '-z', words[1], '-f', '-'])
}

/** The words of a command line without escapes, which remedies for the sample do not need. */
function splitWords(command: string): string[] {
  return Array.from(command.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, plain = '']) => quoted ?? plain)
}
