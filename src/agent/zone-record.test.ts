import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { newZoneRecord, readRecord, writeRecord, type ZoneRecord, zoneRecord } from './zone-record.ts'

const full: ZoneRecord = {
  schema: 1,
  uuid: '6ba7b810-9dad-41d1-80b4-00c04fd430c8',
  state: 'installed',
  reason: 'none',
  createdDevices: [0, 3],
  directBoot: { kernelSha256: 'a', initrdSha256: 'b' },
  arrival: 'migration',
}

test('A record is read as it was written; one that is not there is undefined', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'web1/state.json')
  assert.equal(await readRecord(path, zoneRecord), undefined)
  for (const record of [newZoneRecord, full]) {
    await writeRecord(path, record)
    assert.deepEqual(await readRecord(path, zoneRecord), record)
  }
})

const text = JSON.stringify(full)
const damages: Readonly<Record<string, string>> = {
  empty: '',
  'cut in the middle': text.slice(0, text.length / 2),
  'zeros, as after a power failure': '\0'.repeat(300),
  'not an object': '7',
  'without its state': JSON.stringify({ ...full, state: undefined }),
  'with a state that there is not': JSON.stringify({ ...full, state: 'broken' }),
  'of a later release': JSON.stringify({ ...full, schema: 2 }),
}

for (const [damage, content] of Object.entries(damages)) {
  test(`A record that is ${damage} is reported by its path, with a remedy, and not touched`, async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'state.json')
    await writeFile(path, content)
    await assert.rejects(
      readRecord(path, zoneRecord),
      (error: Error & { code?: string; remedy?: string }) => {
        assert.equal(error.code, 'FILE_DAMAGED')
        assert.equal(error.message, `The file "${path}" is damaged`)
        assert.match(error.remedy ?? '', new RegExp(`mv ${path} `))
        return true
      },
    )
    assert.equal(await readFile(path, 'utf8'), content)
  })
}
