import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseExport } from '../zone/parse-export.ts'
import { compareKeys, keyUriOf, SealedConfiguration, sealConfiguration, sealImported } from './key-seal.ts'

const config = (key?: string) =>
  parseExport(`create -b
    set brand=solaris-kz
    add capped-memory; set physical=1G; end
    ${key === undefined ? '' : `add keysource; set raw=${key}; end`}
  `)

const key = (word: string | undefined) => (word === undefined ? null : Buffer.alloc(32, word))
const given = (word?: string, own?: string) => ({ known: { given: key(word), own: key(own) } })

/** Of a zone whose configurations give these keys, and which has one of its own here. */
function keysOf(here: string | undefined, there: string | undefined, own?: string) {
  const stored = compareKeys(given(here, own), sealConfiguration(config(), given(there)))
  assert.ok(stored.status === 'present' && stored.keys !== undefined && 'known' in stored.keys)
  return stored.keys.known
}

test('sealConfiguration() tells all but the key, and seals the same key otherwise each time', () => {
  const [first, second] = [0, 1].map(() => sealConfiguration(config('5ecre7'), given('5ecre7')))
  assert.deepEqual(SealedConfiguration.parse(first), first)
  assert.doesNotMatch(JSON.stringify(first), /5ecre7/)
  assert.match(first?.text ?? '', /physical=1G/)
  assert.notDeepEqual(first?.key, second?.key)
  assert.equal(sealConfiguration(config(), given()).key, null)
})

test('compareKeys() has equal proofs for equal keys only', () => {
  const [same, other] = [keysOf('aa', 'aa'), keysOf('aa', 'bb')]
  assert.equal(same.here, same.there)
  assert.notEqual(other.here, other.there)
  assert.deepEqual(keysOf(undefined, undefined, 'cc'), { here: null, there: null })
  assert.equal(keysOf('aa', undefined).there, null)
  assert.notEqual(keysOf('aa', undefined).here, null)
  assert.equal(keysOf(undefined, 'bb').here, null)
  assert.notEqual(keysOf(undefined, 'bb').there, null)
})

test('A key that the zone made itself is compared with the one that export -k has brought there', () => {
  const [same, other] = [keysOf(undefined, 'bb', 'bb'), keysOf(undefined, 'bb', 'cc')]
  assert.equal(same.here, same.there)
  assert.notEqual(other.here, other.there)
})

test('A key that one of the hosts cannot have is not known to be the same', () => {
  const unknown = { unknown: 'the token is not plugged in' }
  const [there, here] = [
    compareKeys(given('aa'), SealedConfiguration.parse(sealConfiguration(config(), unknown))),
    compareKeys(unknown, sealConfiguration(config(), given('aa'))),
  ]
  for (const stored of [there, here]) assert.ok(stored.status === 'present' && stored.keys !== undefined)
  assert.deepEqual(
    [there, here].map((stored) => 'keys' in stored && stored.keys),
    [unknown, unknown],
  )
})

test('Where a configuration would be imported, the key to which its URI leads there is compared', () => {
  const unknown = { unknown: 'there is no program for it' }
  const there = (fact: Parameters<typeof sealImported>[0]) => {
    const stored = compareKeys(given('aa'), SealedConfiguration.parse(sealImported(fact)))
    assert.ok(stored.status === 'absent')
    return stored.keys
  }
  const [same, other] = ['aa', 'bb'].map((word) => there({ known: key(word) }))
  assert.ok(same !== undefined && 'known' in same && same.known.here === same.known.there)
  assert.ok(other !== undefined && 'known' in other && other.known.here !== other.known.there)
  assert.deepEqual([there(unknown), there({ known: null })], [unknown, undefined])
  assert.equal(keyUriOf(config('aa')), undefined)
})

test('compareKeys() compares nothing without a configuration here', () => {
  const sealed = sealConfiguration(config(), given('aa'))
  assert.deepEqual(compareKeys(undefined, sealed), { status: 'present', text: sealed.text })
})

test('compareKeys() leaves alone what holds no seal', () => {
  for (const stored of [
    { status: 'absent' },
    { status: 'damaged', reason: 'line 3' },
    { status: 'present', text: 'create -b\n' },
  ] as const) {
    assert.deepEqual(compareKeys(given('aa'), stored), stored)
  }
})
