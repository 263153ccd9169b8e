import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { migratingZone } from '../../../test/fixtures/agent/migrating-zone.ts'
import { QmpError } from '../../qmp/qmp-errors.ts'
import { isAlive } from '../../util/process-identity.ts'
import { explainedByEnd } from './machine-ended.ts'

const boot = 'Boot it, as after a power failure: zoneadm -z web1 boot'

for (const first of ['the stream', 'the conversation'] as const) {
  test(`A guest whose post-copy breaks before the hand-over, ${first} first, where QEMU does not take it up again, is lost, and its zone installed here`, async (t) => {
    await using here = await migratingZone()
    const { zone, target } = here
    const { running } = zone
    const { qmp, identity } = here.machine.qemu
    const execute = qmp.execute.bind(qmp)
    let looks = 0
    t.mock.method(qmp, 'execute', (async (...words: Parameters<typeof qmp.execute>) => {
      const [command, args = {}] = words
      // It is played: nothing is sent, nor taken up again.
      if (command === 'migrate' && 'resume' in args) throw new QmpError(command, 'GenericError', 'No')
      if (command === 'migrate') {
        looks = 1
        return {}
      }
      if (command !== 'query-migrate' || looks === 0) return execute(...words)
      looks += 1
      if (first === 'the stream' || looks > 2) return { status: 'postcopy-paused' }
      for (const pid of await target.conversations()) process.kill(pid)
      // Until that is noticed.
      await sleep(500)
      return { status: 'active' }
    }) as typeof qmp.execute)
    const error = await here.run().then(
      () => undefined,
      (thrown: Error & { code?: string; remedy?: string }) => thrown,
    )
    const why = first === 'the stream' ? '$' : '. What had failed: Lost the connection to ssh://beta$'
    assert.match(
      error?.message ?? '',
      new RegExp(
        `^zone 'web1': The stream broke .* lost, its disks are as it left them; the zone is installed here${why}`,
      ),
    )
    assert.deepEqual([error?.code, error?.remedy], ['POSTCOPY_BROKEN', boot])
    assert.equal(await explainedByEnd(zone, running, error), error)
    assert.equal(await isAlive(identity), false)
    assert.deepEqual([zone.state, zone.auxiliary, existsSync(here.journal)], ['installed', [], false])
    assert.equal((await here.asked()).includes('peer/go'), false)
  })
}
