import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Exit, ZoneError } from '../errors.ts'
import { formatTargetUri, parseTargetUri } from './target-uri.ts'

const valid: readonly (readonly [text: string, canonical: string])[] = [
  ['ssh://beta', 'ssh://beta'],
  ['ssh://beta/', 'ssh://beta'],
  ['beta', 'ssh://beta'],
  ['ssh://root@beta:2222', 'ssh://root@beta:2222'],
  ['root@beta.example.org', 'ssh://root@beta.example.org'],
  ['ssh://10.77.0.2:22', 'ssh://10.77.0.2:22'],
  ['ssh://[fd00::2]:2222', 'ssh://[fd00::2]:2222'],
  ['ssh://admin@[fe80::1%net0]', 'ssh://admin@[fe80::1%net0]'],
  ['[beta]', 'ssh://beta'],
  ['ssh://kz_host-1', 'ssh://kz_host-1'],
  ['ssh://beta:65535', 'ssh://beta:65535'],
]

for (const [text, canonical] of valid) {
  test(`parseTargetUri() reads ${text} as ${canonical}`, () => {
    const target = parseTargetUri(text)
    assert.equal(formatTargetUri(target), canonical)
    assert.deepEqual(parseTargetUri(canonical), target)
  })
}

const invalid: readonly (readonly [text: string, why: RegExp])[] = [
  ['', /expected/],
  ['ssh://', /expected/],
  ['ssh://@beta', /expected/],
  ['ssh://beta:', /expected/],
  ['ssh://beta:abc', /expected/],
  ['ssh://beta:0', /port 0 is not within 1\.\.65535/],
  ['ssh://beta:65536', /port 65536/],
  ['ssh://beta:123456', /expected/],
  ['ssh://beta/path', /expected/],
  ['ssh://be ta', /expected/],
  ['ssh://be\nta', /expected/],
  ['ssh://be\0ta', /expected/],
  ['ssh://fd00::2', /expected/],
  ['ssh://[fd00::2', /expected/],
  ['ssh://a@b@c', /expected/],
  ['-oProxyCommand=id', /no host name/],
  ['ssh://-oProxyCommand=id', /no host name/],
  ['ssh://[-oProxyCommand]', /no host name/],
  ['ssh://-lroot@beta', /no user name/],
  ['rads://beta', /the transport "rads" is not in this release/],
  ['radg://beta', /the transport "radg" is not in this release/],
  ['http://beta', /"http" is no transport/],
]

for (const [text, why] of invalid) {
  test(`parseTargetUri() refuses ${JSON.stringify(text)} as a mistake in the command line`, () => {
    assert.throws(
      () => parseTargetUri(text),
      (error) => {
        assert.ok(error instanceof ZoneError)
        assert.equal(error.code, 'BAD_TARGET')
        assert.equal(error.exit, Exit.usage)
        assert.match(error.message, why)
        return true
      },
    )
  })
}

test('parseTargetUri() reads back what formatTargetUri() prints', () => {
  const hosts = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6())
  const user = fc.option(fc.stringMatching(/^[a-z_][a-z0-9_-]{0,8}$/), { nil: undefined })
  const port = fc.option(fc.integer({ min: 1, max: 65535 }), { nil: undefined })
  fc.assert(
    fc.property(user, hosts, port, (user, host, port) => {
      const target = { scheme: 'ssh', user, host, port } as const
      assert.deepEqual(parseTargetUri(formatTargetUri(target)), target)
    }),
  )
})

test('parseTargetUri() answers any text with a target that is safe on a command line, or with a refusal', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.webUrl()), (text) => {
      try {
        const { host, user = 'a' } = parseTargetUri(text)
        for (const word of [host, user]) assert.doesNotMatch(word, /^-|^$|[\s\p{Cc}]/u)
      } catch (error) {
        assert.ok(error instanceof ZoneError, String(error))
        assert.equal(error.code, 'BAD_TARGET')
      }
    }),
    { numRuns: 1000 },
  )
})
