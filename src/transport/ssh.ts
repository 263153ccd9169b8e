import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { ZoneError } from '../errors.ts'
import { patienceMs } from '../util/test-patience.ts'
import { formatTargetUri, type TargetUri } from './target-uri.ts'

export interface SshConnection extends AsyncDisposable {
  readonly stream: Duplex
  /** Why the connection was lost, in ssh's words; waits for its end. */
  readonly failure: () => Promise<ZoneError>
}

export interface SshOptions {
  /** The command that the other host runs, for its shell. */
  readonly command: string
  /** The operator's environment: agent socket, home, configuration. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

const keptStderrBytes = 4096
const connectTimeoutSeconds = 10
const endTimeoutMs = 2_000

/** Options for the system's OpenSSH: never a prompt, a dead link is noticed within 15 s. */
function sshArguments(
  { user, host, port }: TargetUri,
  command: string,
  configFile: string | undefined,
): string[] {
  return [
    ...(configFile === undefined ? [] : ['-F', configFile]),
    '-T',
    '-oBatchMode=yes',
    `-oConnectTimeout=${connectTimeoutSeconds}`,
    `-oServerAliveInterval=${Math.ceil(patienceMs(5_000) / 1000)}`,
    '-oServerAliveCountMax=3',
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(user === undefined ? [] : ['-l', user]),
    '--',
    host,
    command,
  ]
}

function remedyFor(words: string, target: TargetUri): string {
  const where = formatTargetUri(target)
  const host = `${target.user === undefined ? '' : `${target.user}@`}${target.host}`
  const port = target.port === undefined ? '' : ` -p ${target.port}`
  if (/host key verification failed/i.test(words)) return `Accept the host key once: ssh${port} ${host} true`
  if (/permission denied/i.test(words)) return `Install your public key there: ssh-copy-id${port} ${host}`
  if (/not found/i.test(words))
    return `Install kzone on ${target.host}, so that "zonesd" is in the PATH of ssh sessions`
  return `Check that this works without a prompt: ssh${port} ${host} true (target ${where})`
}

/**
 * Runs a command on another host with the system's OpenSSH, so that the operator's configuration, agent, known hosts
 * and jump hosts are honoured, and gives its standard input and output as a stream. KZ_SSH_CONFIG names another
 * configuration file than the user's.
 */
export function connectSsh(target: TargetUri, { command, environment }: SshOptions): SshConnection {
  const args = sshArguments(target, command, environment['KZ_SSH_CONFIG'])
  const child: ChildProcessWithoutNullStreams = spawn('ssh', args, {
    env: { ...environment },
    // A Ctrl-C on the terminal must not reach it: cancelling is the caller's decision.
    detached: true,
    stdio: 'pipe',
  })
  let stderr = ''
  let startError: Error | undefined
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-keptStderrBytes)
  })
  const stream = Duplex.from({ readable: child.stdout, writable: child.stdin })
  stream.on('error', () => undefined)
  child.on('error', (error) => {
    startError = error
    stream.destroy()
  })
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
    child.once('error', () => resolve())
  })
  child.once('close', () => stream.destroy())

  return {
    stream,
    async failure() {
      await Promise.race([ended, sleep(endTimeoutMs, undefined, { ref: false })])
      const words =
        stderr.trim().split('\n').at(-1)?.trim() || startError?.message || 'the connection was closed'
      return new ZoneError(`Cannot reach ${formatTargetUri(target)}: ${words}`, {
        code: 'HOST_UNREACHABLE',
        remedy: remedyFor(stderr, target),
        cause: startError,
      })
    },
    async [Symbol.asyncDispose]() {
      stream.destroy()
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await ended
    },
  }
}
