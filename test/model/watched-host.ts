import { mock } from 'node:test'
import type { Host } from '../../src/agent/host.ts'
import type { Gates } from './gates.ts'
import type { State } from './hand-over-state.ts'
import { isBy } from './source-qemu.ts'

/**
 * Lets the code stand still before and after it writes down that a zone has left, which is one step.
 *
 * @param tellsBeside called when it begins to tell the target something in the background
 */
export function watchHost(host: Host, gates: Gates<State['sDoes']>, tellsBeside: () => void): void {
  const by = gates.generation
  const update = host.registry.update.bind(host.registry)
  mock.method(host.registry, 'update', async (...[of, change]: Parameters<typeof update>) => {
    if (change.movedTo === undefined) return update(of, change)
    await gates.standAt('drains', 'before it is written', by)
    await update(of, change)
    await gates.standAt('leaves', 'written', by)
  })
  const { ending } = host
  const get = () => {
    if (isBy('tellGivenUp') && by === gates.generation) tellsBeside()
    return ending
  }
  Object.defineProperty(host, 'ending', { get })
}
