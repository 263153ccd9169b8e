import { runCommand } from '../util/run-command.ts'

const longestMs = 24 * 3600 * 1000

export interface ConvertOptions {
  readonly signal?: AbortSignal | undefined
  /** Called with the share that is done, from 0 to 1. */
  readonly onShare?: ((share: number) => void) | undefined
}

/**
 * Runs `qemu-img convert`, which skips what is empty. It ends with the zonesd that began it, also if that is killed: nobody
 * would undo what it goes on writing.
 *
 * @param args without the subcommand
 * @throws ZoneError COMMAND_FAILED with the words of qemu-img; the signal's reason
 */
export async function convert(args: readonly string[], { signal, onShare }: ConvertOptions): Promise<void> {
  const onOutput = (text: string) => {
    const percent = [...text.matchAll(/\(([\d.]+)\/100%\)/g)].at(-1)?.[1]
    if (percent !== undefined) onShare?.(Number(percent) / 100)
  }
  const program = ['--pdeathsig', 'KILL', 'qemu-img', 'convert', '-p', ...args]
  await runCommand('setpriv', program, { signal, timeoutMs: longestMs, onOutput })
}
