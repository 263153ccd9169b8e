import { runCommand } from '../util/run-command.ts'

const timeoutMs = 5_000

/** What waits in sockets, in bytes. */
export interface Waiting {
  /** Was received, and the program has not read it. */
  readonly unreadBytes: number
  /** Was written, and the other host has not received it. */
  readonly unsentBytes: number
}

/**
 * As a filter of ss(8): the TCP connections of this host to where memory is sent.
 *
 * @param uri as QEMU takes it; undefined: that is not by TCP
 */
export function socketsTo(uri: string): string[] | undefined {
  const { host, port } = /^tcp:\[?(?<host>[^\]]+?)\]?:(?<port>\d+)$/.exec(uri)?.groups ?? {}
  if (host === undefined || port === undefined) return undefined
  return ['dst', host.includes(':') ? `[${host}]` : host, 'dport', '=', port]
}

/** The same for the connections to a port of this host. */
export function socketsAt(port: string): string[] {
  return ['sport', '=', port]
}

/** @returns undefined: there is no such connection, or it cannot be told. Never throws. */
export async function waitingIn(sockets: readonly string[]): Promise<Waiting | undefined> {
  const { stdout } = await runCommand('ss', ['-Htn', ...sockets], { timeoutMs }).catch(() => ({ stdout: '' }))
  // State, Recv-Q, Send-Q, and the two addresses.
  const each = [...stdout.matchAll(/^\S+ +(\d+) +(\d+) /gm)]
  if (each.length === 0) return undefined
  const sum = (column: number) => each.reduce((total, match) => total + Number(match[column]), 0)
  return { unreadBytes: sum(1), unsentBytes: sum(2) }
}
