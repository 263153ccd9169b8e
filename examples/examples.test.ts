import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseExport } from '../src/zone/parse-export.ts'
import { toContract } from '../src/zone/to-contract.ts'
import { verifyConfig } from '../src/zone/verify/verify-config.ts'
import { RecordingWorld, run } from '../test/fixtures/zonecfg/session-rig.ts'
import { guestCommandLine } from '../test/guest/guest-command-line.ts'

const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.zonecfg'))

async function configured(file: string) {
  const world = new RecordingWorld()
  await run(readFileSync(new URL(file, import.meta.url), 'utf8'), world)
  assert.equal(world.saved.length, 1)
  return parseExport(world.saved[0] ?? '')
}

test('there are examples', () => {
  assert.ok(files.length >= 4)
})

for (const file of files) {
  test(`zonecfg accepts examples/${file}, and verify finds no error in it`, async () => {
    const config = await configured(file)
    const naming = { zonename: 'web1' }
    assert.deepEqual(
      verifyConfig(config, naming).filter(({ severity }) => severity === 'error'),
      [],
    )
    assert.equal(toContract(config, naming).zonename, 'web1')
  })
}

test('examples/web1.zonecfg is made for the guest and the network of the demonstration', async () => {
  const contract = toContract(await configured('web1.zonecfg'), { zonename: 'web1' })
  assert.equal(contract.bootargs, guestCommandLine({ address: '10.77.0.100/24' }))
  assert.equal(contract.nics[0]?.lowerLink, 'net0')
  assert.match(contract.devices[0]?.storage ?? '', /^iscsi:\/\/10\.77\.0\.240.*:web1,lun\.1$/)
})
