/**
 * The demonstration: `npm start`. With `-- --keep` the two hosts stay up, `-- --remove` removes them.
 */
import { join } from 'node:path'
import { Exit } from '../src/errors.ts'
import { beKeeper, startKeeper } from './keeper.ts'
import { removeKept } from './kept-hosts.ts'
import { Narrator } from './narrator.ts'
import { perform } from './perform.ts'

const usage = 'usage: npm start [-- --keep | --remove]\n'

/** The first signal asks for an end with clean-up, the second one ends at once; clean-up is done then as well. */
function interruption(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(Exit.interrupted)
      controller.abort(new Error('Interrupted'))
    })
  }
  return controller.signal
}

async function remove(): Promise<number> {
  const left = await removeKept()
  if (left === undefined) process.stdout.write('No hosts are kept.\n')
  else if (left.length === 0) process.stdout.write('Removed: no process, namespace or file is left.\n')
  else process.stdout.write(`Left over: ${left.join('; ')}\n`)
  return left === undefined || left.length === 0 ? Exit.ok : Exit.failed
}

async function main(args: readonly string[]): Promise<number> {
  const [first, ...more] = args
  if (more.length > 0) return refuse()
  const colour = process.stdout.isTTY && !process.env['NO_COLOR']
  const signal = interruption()
  switch (first) {
    case undefined: {
      const narrator = new Narrator({ write: (text) => process.stdout.write(text), colour })
      return await perform(narrator, { signal })
    }
    case '--keep':
      return await startKeeper(import.meta.filename, colour, signal)
    case '--remove':
      return await remove()
    case '--keeper':
    case '--keeper=colour':
      return await beKeeper(first.endsWith('colour'), signal)
    default:
      return refuse()
  }
}

function refuse(): number {
  process.stderr.write(usage)
  return Exit.usage
}

process.chdir(join(import.meta.dirname, '..'))
try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = Exit.failed
}
