import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { Exit } from '../src/errors.ts'
import { keptFolder, keptLabel, writeKept } from './kept-hosts.ts'
import { Narrator } from './narrator.ts'
import { perform } from './perform.ts'
import type { Stage } from './stage.ts'

/** What the keeper tells the process that a person has started. */
type Message = { readonly text: string } | { readonly kept: true }

/**
 * Starts the keeper: a process of its own session that carries out the demonstration and then stays, as the owner of
 * the hosts. To the sweeper of the test hosts it is an owner like any other; when it ends, the hosts end with it.
 * @returns the exit code of the demonstration
 */
export async function startKeeper(program: string, colour: boolean, signal: AbortSignal): Promise<number> {
  if ((await keptLabel()) !== undefined) {
    process.stderr.write('Two hosts are up already: ".cache/lab/alpha zoneadm list -cv" shows one of them.\n')
    process.stderr.write('To remove them: npm start -- --remove\n')
    return Exit.failed
  }
  await rm(keptFolder, { recursive: true, force: true })
  await mkdir(keptFolder, { recursive: true })
  const log = openSync(`${keptFolder}/keeper.log`, 'w')
  const keeper = spawn(process.execPath, [program, colour ? '--keeper=colour' : '--keeper'], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  })
  closeSync(log)
  const interrupt = () => keeper.kill('SIGTERM')
  signal.addEventListener('abort', interrupt)
  const ended = once(keeper, 'exit')
  const { promise: kept, resolve } = Promise.withResolvers<'kept'>()
  keeper.on('message', (message: Message) => {
    if ('kept' in message) resolve('kept')
    else process.stdout.write(message.text)
  })
  const outcome = await Promise.race([kept, ended])
  signal.removeEventListener('abort', interrupt)
  if (outcome !== 'kept') return (outcome as [number | null])[0] ?? Exit.failed
  keeper.disconnect()
  keeper.unref()
  return Exit.ok
}

/** The keeper itself. */
export async function beKeeper(colour: boolean, signal: AbortSignal): Promise<number> {
  const send = (message: Message) =>
    new Promise<void>((resolve) => {
      if (process.connected) process.send?.(message, undefined, {}, () => resolve())
      else resolve()
    })
  const narrator = new Narrator({ write: (text) => void send({ text }), colour })
  // Until the hosts are kept, whoever watches the demonstration decides whether it goes on.
  const controller = new AbortController()
  const abandon = () => controller.abort(new Error('Nobody watches any more'))
  process.once('disconnect', abandon)
  const exit = await perform(narrator, {
    signal: AbortSignal.any([signal, controller.signal]),
    async keep(stage) {
      await writeKept(stage)
      explain(narrator, stage)
      process.off('disconnect', abandon)
      await send({ kept: true })
      if (!signal.aborted) await once(signal, 'abort')
    },
  })
  // An open channel to the other process would keep this one alive.
  process.off('disconnect', abandon)
  if (process.connected) process.disconnect()
  return exit
}

function explain(narrator: Narrator, { network }: Stage): void {
  narrator.verdict('All of it held. The two hosts stay up; the zone runs on beta. Try:', true)
  const examples = [
    ['beta zoneadm list -cv', 'the zones of beta'],
    ['beta zlogin -C web1', 'its console; ~. leaves'],
    ['beta zoneadm -z web1 migrate ssh://alpha', 'back to alpha'],
    ['alpha', 'a shell on alpha'],
    ...(network === undefined ? [] : [[`observer ping ${network.guestAddress}`, 'watch from outside']]),
  ]
  for (const [command = '', what = ''] of examples) {
    narrator.plain(`   ${`${keptFolder}/${command}`.padEnd(56)}${what}`)
  }
  narrator.plain('\nRemove them: npm start -- --remove')
}
