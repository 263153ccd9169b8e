import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { streamTransport } from './stream-transport.ts'
import type { QmpTransport } from './transport.ts'

const stderrTailBytes = 4096

/** How long the end of the output is followed by the end of the process before it counts as closed only. */
const exitGraceMs = 1000

/** How long after the end of the process its last output is still read. */
const outputGraceMs = 250

/**
 * QMP over the standard input and output of a QEMU that was spawned with `-qmp stdio`. Closing kills that QEMU. When
 * it dies, the reason has its exit status and the last 4 KiB that it wrote to standard error.
 */
export function stdioTransport(child: ChildProcessWithoutNullStreams): QmpTransport {
  const name = `QEMU (process ${child.pid})`
  let stderrTail = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderrTail = (stderrTail + text).slice(-stderrTailBytes)
  })
  // The kill by an abort signal arrives as an error of the child; the end of its output tells the same.
  child.on('error', () => {})
  const running = () => child.exitCode === null && child.signalCode === null
  const ended = new Promise<void>((resolve) => {
    if (!running()) return resolve()
    child.once('close', () => resolve())
    // A child of QEMU (an `exec:` migration) may hold the output open after QEMU's death.
    child.once('exit', () => {
      setTimeout(() => {
        resolve()
        child.stdout.destroy()
      }, outputGraceMs).unref()
    })
  })

  return streamTransport({
    name,
    input: child.stdout,
    output: child.stdin,
    async whyEnded() {
      const timer = new AbortController()
      await Promise.race([ended, delay(exitGraceMs, undefined, { signal: timer.signal }).catch(() => {})])
      timer.abort()
      const said = stderrTail.trim()
      return new Error(`${name} ${howEnded(child)}${said === '' ? '' : `: ${said}`}`)
    },
    async release() {
      child.stderr.destroy()
      if (child.pid === undefined || !running()) return
      const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
      child.kill('SIGKILL')
      await exited
    },
  })
}

function howEnded({ exitCode, signalCode }: ChildProcessWithoutNullStreams): string {
  if (signalCode !== null) return `was ended by ${signalCode}`
  if (exitCode !== null) return `ended with exit code ${exitCode}`
  return 'closed its output'
}
