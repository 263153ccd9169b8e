import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Guest } from '../guest/ensure-guest.ts'
import { guestCommandLine } from '../guest/guest-command-line.ts'
import type { CounterObserver } from '../guest/observe-counter.ts'
import type { RunOptions, RunResult } from '../hosts/run.ts'

/** What `run` needs of a test host. */
export interface CommandHost {
  readonly name: string
  run(argv: readonly string[], options?: RunOptions): Promise<RunResult>
}

export interface GuestZone {
  readonly name: string
  /** Storage URI of the boot disk. */
  readonly storage: string
  /** With prefix length. */
  readonly address: string
  readonly memory?: string
  readonly lowerLink?: string
  readonly dirtyMibPerSecond?: number
  readonly dirtyAreaMib?: number
  /** Further zonecfg commands. */
  readonly more?: string
}

/** Runs a command that must succeed, and answers what it wrote to standard output. */
export async function succeed(host: CommandHost, ...argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await host.run(argv, { timeoutMs: 120_000 })
  assert.equal(code, 0, `${host.name}# ${argv.join(' ')}\nended with ${code}:\n${stdout}${stderr}`)
  return stdout
}

/** The zonecfg commands for a zone with the test guest. */
export function guestZoneCommands(zone: GuestZone): string {
  const {
    storage,
    address,
    memory = '512M',
    lowerLink = 'net0',
    dirtyMibPerSecond,
    dirtyAreaMib,
    more = '',
  } = zone
  const bootargs = guestCommandLine({
    address,
    ...(dirtyMibPerSecond === undefined ? {} : { dirtyMibPerSecond }),
    ...(dirtyAreaMib === undefined ? {} : { dirtyAreaMib }),
  })
  return [
    'create -b; set brand=solaris-kz',
    `set bootargs="${bootargs}"`,
    `add anet; set lower-link=${lowerLink}; end`,
    `add device; set storage=${storage}; set bootpri=0; set create-size=64m; end`,
    `add capped-memory; set physical=${memory}; end`,
    `add virtual-cpu; set ncpus=1; end`,
    ...(more === '' ? [] : [more]),
    'commit',
  ].join('; ')
}

/** Configures and installs a zone with the test guest. */
export async function installGuestZone(host: CommandHost, guest: Guest, zone: GuestZone): Promise<void> {
  await succeed(host, 'zonecfg', '-z', zone.name, guestZoneCommands(zone))
  const files = ['-x', `kernel=${guest.kernel}`, '-x', `initrd=${guest.initrd}`]
  await succeed(host, 'zoneadm', '-z', zone.name, 'install', ...files)
}

/** State of a zone as its host lists it; undefined if the host does not know it. */
export async function zoneState(host: CommandHost, zone: string): Promise<string | undefined> {
  const listing = await succeed(host, 'zoneadm', 'list', '-cp')
  const line = listing.split('\n').find((text) => text.split(':')[1] === zone)
  return line?.split(':')[2]
}

const bootTimeoutMs = 120_000

/** Follows the guest's counter, from the moment it has booted far enough to serve it. */
export async function observeWhenReady(
  observer: { observeCounter(address: string): CounterObserver },
  address: string,
): Promise<CounterObserver> {
  const end = performance.now() + bootTimeoutMs
  for (;;) {
    const counter = observer.observeCounter(address)
    try {
      await counter.advance(5, { signal: AbortSignal.timeout(10_000) })
      return counter
    } catch (error) {
      await counter[Symbol.asyncDispose]()
      if (performance.now() > end) throw new Error(`The guest at ${address} does not count`, { cause: error })
    }
    await sleep(200)
  }
}
