import { type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { TestHost } from '../hosts/test-host.ts'
import type { Case } from './case.ts'
import { busyBandwidth, type FaultHost, type World, zone } from './world.ts'

/** A migration under way, to which something is to happen. */
export interface Attempt {
  readonly world: World
  readonly source: FaultHost
  readonly target: FaultHost
  readonly client: ChildProcess
}

/** The operator's command, as it runs and as it ended. */
export interface Command {
  readonly client: ChildProcess
  output(): string
  hasEnded(): boolean
  /** Exit code; null if it was killed. */
  readonly ended: Promise<number | null>
}

/** Types a command on a host, and does not wait for its end. */
export function type(host: TestHost, argv: readonly string[]): Command {
  const client = host.spawn(argv)
  let output = ''
  let isOver = false
  for (const stream of [client.stdout, client.stderr]) {
    stream?.on('data', (text: Buffer) => {
      output += text.toString()
    })
  }
  const ended = once(client, 'close').then(([code]) => {
    isOver = true
    return code as number | null
  })
  return { client, output: () => output, hasEnded: () => isOver, ended }
}

/** What the operator types for a case. */
export function commandOf({ verb, isPostcopy, overwrites }: Case, target: TestHost): string[] {
  if (verb !== undefined) return ['zoneadm', '-z', zone, verb === 'resume' ? 'boot' : verb]
  const options = [
    ...(isPostcopy === true ? ['--postcopy', '--bandwidth', busyBandwidth] : []),
    ...(overwrites === true ? ['-w'] : []),
  ]
  return ['zoneadm', '-z', zone, 'migrate', ...options, `ssh://${target.address}`]
}
