import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ResourceType } from './resource-type.ts'
import { formatSize, parseSize } from './size.ts'
import { expandTokens } from './tokens.ts'
import { zoneType } from './zone-type.ts'

function all(type: ResourceType): ResourceType[] {
  return [type, ...type.children.flatMap(all)]
}

test('the schema names each property of a type once, with help, and its keys exist', () => {
  for (const { name, properties, children, keys, numbered } of all(zoneType)) {
    const names = [...properties, ...children].map((entry) => entry.name)
    assert.equal(new Set(names).size, names.length, name)
    for (const key of [...keys, ...(numbered === undefined ? [] : [numbered])])
      assert.ok(names.includes(key), key)
    for (const property of properties) {
      assert.ok(property.help.length > 0 && property.kind.expects.length > 0, property.name)
      if (property.default !== undefined)
        assert.equal(property.kind.canonical(property.default), property.default)
    }
  }
})

test('formatSize() prints what parseSize() reads as the same bytes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 45 }), (bytes) =>
      assert.equal(parseSize(formatSize(bytes)), bytes),
    ),
  )
  const cases: readonly (readonly [string, string])[] = [
    ['4g', '4G'],
    ['4294967296', '4G'],
    ['4864M', '4.75G'],
    ['512m', '512M'],
    ['2048G', '2T'],
  ]
  for (const [text, printed] of cases) assert.equal(formatSize(parseSize(text) ?? 0), printed)
  for (const text of ['', '4GB', '-1', '1.5', '0x10', '1e3', 'G']) assert.equal(parseSize(text), undefined)
})

test('expandTokens() replaces tokens, keeps %% as one % and refuses unknown ones', () => {
  const values = { zonename: 'web1', id: '3', 'global-rootzpool': 'rpool' }
  assert.equal(expandTokens('%{zonename}/%%{id}/%{id}/50%', values, ['zonename', 'id']), 'web1/%{id}/3/50%')
  assert.throws(() => expandTokens('%{zone}', values, ['zonename', 'id']), { remedy: /%\{zonename\}/ })
  assert.throws(() => expandTokens('%{id}', values, ['zonename']), { code: 'UNKNOWN_TOKEN' })
})
