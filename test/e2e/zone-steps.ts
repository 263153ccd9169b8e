import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ZoneListEntry } from '../../src/agent/api.ts'
import type { TestHost } from '../hosts/test-host.ts'
import { type CommandHost, succeed } from './guest-zone.ts'

const patienceMs = 60_000

/** Runs a command that must fail with a message to the operator, never with a stack; answers what it said. */
export async function refused(
  host: CommandHost,
  message: RegExp,
  argv: readonly string[],
  expectedCode = 1,
): Promise<string> {
  const { code, stdout, stderr } = await host.run(argv, { timeoutMs: 120_000 })
  const shown = `${host.name}# ${argv.join(' ')}\nended with ${code}:\n${stdout}${stderr}`
  assert.equal(code, expectedCode, shown)
  assert.match(stderr, message, shown)
  assert.doesNotMatch(stderr, /\n\s+at .*\(|fault in kzone/, shown)
  return stderr
}

/** A zone as `zoneadm list` knows it. */
export async function zoneOn(host: CommandHost, name: string): Promise<ZoneListEntry> {
  const [entry] = JSON.parse(await succeed(host, 'zoneadm', '-z', name, 'list', '--json')) as ZoneListEntry[]
  assert.ok(entry !== undefined)
  return entry
}

export async function stateOn(host: CommandHost, name: string): Promise<string> {
  return (await zoneOn(host, name)).state
}

/** Asks again and again until the answer is the one that is waited for. */
export async function until<T>(
  what: string,
  ask: () => Promise<T> | T,
  isIt: (answer: T) => boolean,
): Promise<T> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const answer = await ask()
    if (isIt(answer)) return answer
    if (performance.now() > deadline) assert.fail(`${what}: still ${JSON.stringify(answer)}`)
    await sleep(50)
  }
}

/** `zlogin -C` with its input and output on pipes. */
export function login(host: TestHost, zone: string) {
  const child = host.spawn(['zlogin', '-C', zone])
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1')
    })
  }
  const ended = once(child, 'exit') as Promise<[number | null]>
  return {
    text: () => text,
    says: (words: string) =>
      until(
        `console of ${zone} says "${words}"`,
        () => text,
        (all) => all.includes(words),
      ),
    type: (words: string) => void child.stdin?.write(words),
    /** Ends the standard input. */
    leave: () => void child.stdin?.end(),
    exitCode: async () => (await ended)[0],
    async [Symbol.asyncDispose](): Promise<void> {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Waits until the test guest has come up. */
export async function guestIsUp(host: TestHost, zone: string): Promise<void> {
  await using console = login(host, zone)
  await console.says('kzone-guest ready')
}

/** What a running machine leaves on its host: its process, its links, its files; in words. */
export async function machineRemains(host: TestHost): Promise<string[]> {
  const run = await readdir(join(host.root, 'run/zones'))
  const files = run.filter((name) => !name.startsWith('zonesd.'))
  const links = await succeed(host, 'ip', '-br', 'link')
  const taps = links.split('\n').filter((line) => line.startsWith('kz'))
  const { stdout } = await host.run([
    'sh',
    '-c',
    'ps -eo args= | grep -F "$KZ_ROOT" | grep "^qemu-system" || :',
  ])
  return [...files, ...taps, ...stdout.split('\n').filter((line) => line !== '')]
}
