import { runCommand } from '../util/run-command.ts'

const longestMs = 24 * 3600 * 1000

export interface ConvertOptions {
  readonly signal?: AbortSignal | undefined
  /** Called with the share that is done, from 0 to 1. */
  readonly onShare?: ((share: number) => void) | undefined
  /** The storage was just made, and nothing is on it: what is empty need not be written as zeros. */
  readonly targetIsZero?: boolean | undefined
}

/**
 * Runs `qemu-img convert` onto storage that is there, and has all of it flushed at the end: qemu-img by itself does not. What is
 * empty becomes a hole where the storage can have them. It ends with the zonesd that began it, also if that is killed: nobody
 * would undo what it goes on writing.
 *
 * @param args without the subcommand
 * @throws ZoneError COMMAND_FAILED with the words of qemu-img; the signal's reason
 */
export async function convert(
  args: readonly string[],
  { signal, onShare, targetIsZero = false }: ConvertOptions,
): Promise<void> {
  const onOutput = (text: string) => {
    const percent = [...text.matchAll(/\(([\d.]+)\/100%\)/g)].at(-1)?.[1]
    if (percent !== undefined) onShare?.(Number(percent) / 100)
  }
  const way = ['-p', '-n', '-t', 'writeback', ...(targetIsZero ? ['--target-is-zero'] : [])]
  const program = ['--pdeathsig', 'KILL', 'qemu-img', 'convert', ...way, ...args]
  await runCommand('setpriv', program, { signal, timeoutMs: longestMs, onOutput })
}
