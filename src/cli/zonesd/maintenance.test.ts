import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryFolder } from '../../../test/fixtures/temporary-folder.ts'
import { Exit } from '../../errors.ts'
import { readMaintenance } from '../../facts/maintenance.ts'
import { hostLayout } from '../../util/host-layout.ts'
import { memoryIo } from '../memory-io.ts'
import { maintenance } from './maintenance.ts'

async function host() {
  const folder = await temporaryFolder()
  const layout = hostLayout(folder.path)
  return {
    layout,
    async say(...words: string[]) {
      const io = memoryIo()
      const exit = await maintenance(layout, io, words)
      return { exit, text: io.out() }
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

test('Maintenance is on with its reason until it is off', async () => {
  await using here = await host()
  assert.deepEqual(await here.say('status'), { exit: Exit.failed, text: 'not in maintenance\n' })
  assert.equal((await here.say('on', 'new', 'memory')).exit, Exit.ok)
  assert.equal(await readMaintenance(here.layout.maintenanceFile), 'new memory')
  assert.deepEqual(await here.say('status'), { exit: Exit.ok, text: 'in maintenance: new memory\n' })
  assert.match((await here.say('off')).text, /again\.$/m)
  assert.equal(await readMaintenance(here.layout.maintenanceFile), null)
  assert.match((await here.say('off')).text, /was not in maintenance/)
})

for (const [words, message] of [
  [[], /needs one of/],
  [['on'], /needs a reason/],
  [['offf'], /unknown subcommand of maintenance "offf"; did you mean "off"\?/],
  [['status', 'now'], /unexpected argument "now"/],
] as const) {
  test(`"maintenance ${words.join(' ')}" is refused as a mistake`, async () => {
    await using here = await host()
    await assert.rejects(here.say(...words), { code: 'USAGE', message })
  })
}
