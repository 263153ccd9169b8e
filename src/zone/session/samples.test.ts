import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { after, RecordingWorld, run } from '../../../test/fixtures/zonecfg/session-rig.ts'

const fixtures = new URL('../../../test/fixtures/zonecfg/', import.meta.url)

function scripts(folder: string): [name: string, script: string][] {
  const files = readdirSync(new URL(folder, fixtures))
  return files.map((file) => [file, readFileSync(new URL(`${folder}${file}`, fixtures), 'utf8')])
}

/** Printed in manuals without their end, so that a zone cannot be made from them alone. */
const excerpts = new Set(['memlzr-excerpt.zonecfg', 'first-lines.zonecfg'])

for (const [name, script] of scripts('kernel-zone/')) {
  test(`the command file ${name} for kernel zones is accepted`, async () => {
    const whole = /^create/m.test(script) ? script : `create -t SYSsolaris-kz\n${script}`
    if (excerpts.has(name)) {
      assert.deepEqual((await after(whole)).open, [])
    } else {
      const world = new RecordingWorld()
      await run(whole, world)
      assert.equal(world.saved.length, 1)
    }
  })
}

for (const [name, script] of scripts('not-for-kernel-zones/')) {
  test(`the command file ${name} is refused by brand`, async () => {
    const world = new RecordingWorld()
    await assert.rejects(run(script, world), { code: 'BRAND_UNSUPPORTED', message: /brand "?\w/ })
    assert.deepEqual(world.saved, [])
  })
}

test('create -t with a template of another brand is refused by brand', async () => {
  await assert.rejects(run('create -t SUNWsolaris8'), { code: 'BRAND_UNSUPPORTED', message: /SUNWsolaris8/ })
  await assert.rejects(run('create -t SYSsolaris-k'), { code: 'TEMPLATE_NOT_FOUND', remedy: /SYSsolaris-kz/ })
})

test('names that only other brands have are refused by brand', async () => {
  const cases = [
    'set zonepath=/z',
    'set ip-type=shared',
    'add fs',
    'add capped-cpu',
    'select anet linkname=net0',
  ]
  for (const command of cases) {
    await assert.rejects(run(`create; ${command}`), { code: 'BRAND_UNSUPPORTED' }, command)
  }
})
