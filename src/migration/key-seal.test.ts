import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseExport } from '../zone/parse-export.ts'
import { compareKeys, SealedConfiguration, sealConfiguration } from './key-seal.ts'

const config = (key?: string) =>
  parseExport(`create -b
    set brand=solaris-kz
    add capped-memory; set physical=1G; end
    ${key === undefined ? '' : `add keysource; set raw=${key}; end`}
  `)

function keysOf(here: string | undefined, there: string | undefined) {
  const stored = compareKeys(config(here), sealConfiguration(config(there)))
  assert.ok(stored.status === 'present')
  assert.ok(stored.keys !== undefined)
  return stored.keys
}

test('sealConfiguration() tells all but the key, and seals the same key otherwise each time', () => {
  const [first, second] = [sealConfiguration(config('5ecre7')), sealConfiguration(config('5ecre7'))]
  assert.deepEqual(SealedConfiguration.parse(first), first)
  assert.doesNotMatch(JSON.stringify(first), /5ecre7/)
  assert.match(first.text, /physical=1G/)
  assert.notDeepEqual(first.key, second.key)
  assert.equal(sealConfiguration(config()).key, null)
})

test('compareKeys() has equal proofs for equal keys only', () => {
  const [same, other] = [keysOf('aa', 'aa'), keysOf('aa', 'bb')]
  assert.equal(same.here, same.there)
  assert.notEqual(other.here, other.there)
  assert.deepEqual(keysOf(undefined, undefined), { here: null, there: null })
  assert.equal(keysOf('aa', undefined).there, null)
  assert.notEqual(keysOf('aa', undefined).here, null)
  assert.equal(keysOf(undefined, 'bb').here, null)
  assert.notEqual(keysOf(undefined, 'bb').there, null)
})

test('compareKeys() compares nothing without a configuration here', () => {
  const sealed = sealConfiguration(config('aa'))
  assert.deepEqual(compareKeys(undefined, sealed), { status: 'present', text: sealed.text })
})

test('compareKeys() leaves alone what holds no seal', () => {
  for (const stored of [
    { status: 'absent' },
    { status: 'damaged', reason: 'line 3' },
    { status: 'present', text: 'create -b\n' },
  ] as const) {
    assert.deepEqual(compareKeys(config('aa'), stored), stored)
  }
})
