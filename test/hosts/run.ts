import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'

export interface RunOptions {
  /** Written to standard input, which is then closed. */
  readonly input?: string
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** The program is killed after this time; 60 s by default. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface RunResult {
  /** Exit code, or 128 plus the signal's number as in a shell, or 124 if the time was over. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const signalNumbers: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGKILL: 9,
  SIGTERM: 15,
}

/**
 * Runs a program to its end; a failure is a result, not an exception.
 * @param env the whole environment, to which `options.env` is added
 * @throws Error if the program cannot be started; the signal's reason if it is aborted
 */
export async function run(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  { input = '', env: more = {}, cwd, timeoutMs = 60_000, signal }: RunOptions = {},
): Promise<RunResult> {
  signal?.throwIfAborted()
  const child = start(argv, { ...env, ...more }, cwd === undefined ? {} : { cwd })
  const timeout = AbortSignal.timeout(timeoutMs)
  const either = signal === undefined ? timeout : AbortSignal.any([timeout, signal])
  const onAbort = () => child.kill('SIGKILL')
  either.addEventListener('abort', onAbort)
  try {
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)]
    // A program that does not read its input is no fault.
    child.stdin?.on('error', () => undefined).end(input)
    // 'exit', not 'close': a daemon that the program leaves behind may hold its output open.
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    child.once('error', reject)
    child.once('exit', (code, name) =>
      resolve(code ?? 128 + (name === null ? 0 : (signalNumbers[name] ?? 0))),
    )
    const code = await promise
    await drained(child)
    signal?.throwIfAborted()
    return { code: timeout.aborted ? 124 : code, stdout: stdout(), stderr: stderr() }
  } finally {
    either.removeEventListener('abort', onAbort)
  }
}

/** Starts a program with the environment given and nothing else. */
export function start(
  [program = '', ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
  options: SpawnOptions = {},
): ChildProcess {
  return spawn(program, args, { stdio: 'pipe', ...options, env })
}

/** @throws Error with what the program said, if it did not end with 0 */
export async function runChecked(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(argv, cleanEnvironment(), options)
  if (code !== 0) throw new Error(`"${argv.join(' ')}" ended with ${code}: ${stderr.trim() || stdout.trim()}`)
  return stdout
}

/** This process's environment without what the test runner and Node put there for themselves. */
export function cleanEnvironment(): Record<string, string> {
  const names = Object.keys(process.env).filter((name) => !/^(NODE_|npm_|KZ_)/.test(name))
  const environment = Object.fromEntries(names.map((name) => [name, process.env[name] ?? '']))
  // Servers lie where an ordinary user's PATH does not look.
  return { ...environment, PATH: `${environment['PATH'] ?? '/usr/bin:/bin'}:/usr/local/sbin:/usr/sbin:/sbin` }
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = []
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString()
}

/** Waits until the output is closed, or for a moment if a daemon holds it open, and lets go of it. */
async function drained(child: ChildProcess): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, 200)
  child.once('close', resolve)
  if (child.stdout?.closed !== false && child.stderr?.closed !== false) resolve()
  await promise
  clearTimeout(timer)
  child.stdout?.destroy()
  child.stderr?.destroy()
}
