import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { trialExitCode, trialGuest, trialSteps } from './trial-guest.ts'

export interface TrialOptions {
  /** Program name or path of QEMU. */
  readonly binary: string
  readonly accelerator: 'kvm' | 'tcg'
  /** As `-cpu` takes it. The host has to give every feature of it. */
  readonly cpu: string
  readonly signal?: AbortSignal | undefined
  /** 5 s by default; the guest needs less than 0.1 s. */
  readonly timeoutMs?: number
}

/** Why a trial failed: QEMU or the guest gave up (which it would do again), or the time was over. */
export type TrialOutcome = 'ran' | { readonly failed: string; readonly timedOut: boolean }

const outputTailBytes = 4096

/**
 * Runs the trial guest of `trialGuest()` to its end on this host.
 *
 * @throws the system's error if QEMU cannot be started; the signal's reason
 */
export async function runTrialGuest(options: TrialOptions): Promise<TrialOutcome> {
  const { signal } = options
  signal?.throwIfAborted()
  const folder = await mkdtemp(join(tmpdir(), 'kz-trial-'))
  try {
    const firmware = join(folder, 'trial.bin')
    await writeFile(firmware, trialGuest())
    return await run(firmware, options)
  } finally {
    await rm(folder, { recursive: true, force: true })
    signal?.throwIfAborted()
  }
}

function trialArguments(firmware: string, { accelerator, cpu }: TrialOptions): string[] {
  const machine = ['-machine', 'q35', '-accel', accelerator, '-cpu', `${cpu},enforce`, '-m', '16']
  const bare = ['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-bios', firmware]
  const answers = ['-device', 'isa-debug-exit,iobase=0xf4,iosize=4', '-debugcon', 'stdio']
  return [...machine, ...bare, ...answers]
}

function run(firmware: string, options: TrialOptions): Promise<TrialOutcome> {
  const { binary, signal, timeoutMs = 5000 } = options
  const { promise, resolve, reject } = Promise.withResolvers<TrialOutcome>()
  const child = spawn(binary, trialArguments(firmware, options), { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  let errors = ''
  let timedOut = false
  const kill = () => child.kill('SIGKILL')
  const timer = setTimeout(() => {
    timedOut = true
    kill()
  }, timeoutMs)
  signal?.addEventListener('abort', kill)
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    said = (said + text).slice(0, outputTailBytes)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(0, outputTailBytes)
    // After this QEMU waits for somebody who looks into it.
    if (errors.includes('KVM internal error')) kill()
  })
  child.on('error', reject)
  child.on('close', (code) => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', kill)
    if (code === trialExitCode) return resolve('ran')
    const late = timedOut ? `no end within ${timeoutMs} ms` : undefined
    const words = [late, ...messages(errors)].filter((part) => part !== undefined)
    resolve({
      failed: `${howFar(said)}: ${words.join('; ') || `QEMU ended with ${code ?? 'a signal'}`}`,
      timedOut,
    })
  })
  return promise
}

function howFar(said: string): string {
  const done = [...trialSteps].findLast(([letter]) => said.includes(letter))
  return done === undefined ? 'a trial guest did not start' : `a trial guest stopped after ${done[1]}`
}

/** QEMU's own words, without its name before each and without the registers that it prints after some. */
function messages(errors: string): string[] {
  const lines = errors.split('\n').filter((line) => /^\S*qemu\S*: |^KVM|failure$/.test(line))
  return lines.slice(0, 3).map((line) =>
    line
      .replace(/^\S*qemu\S*: /, '')
      .replace(/^(warning|error): /, '')
      .trim(),
  )
}
