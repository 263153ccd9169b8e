import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createDiffieHellman, getDiffieHellman } from 'node:crypto'
import { test } from 'node:test'
import { dhParameters } from './dh-params.ts'

const openssl = (...args: readonly string[]) =>
  execFileSync('openssl', [...args], { input: dhParameters(), encoding: 'utf8' })

test('OpenSSL accepts the parameters and knows the group: 2048 bits, group 14 of RFC 3526', () => {
  assert.match(openssl('dhparam', '-check', '-noout', '-text'), /GROUP: modp_2048/)
})

test('OpenSSL writes the same parameters as we do', () => {
  assert.equal(openssl('dhparam', '-outform', 'PEM'), dhParameters())
})

test('With the prime and generator in them two ends agree on a key with the group itself', () => {
  const integers = openssl('asn1parse').matchAll(/INTEGER\s+:([0-9A-F]+)/g)
  const [prime = '', generator = ''] = Array.from(integers, ([, digits = '']) => digits)
  const ours = createDiffieHellman(prime, 'hex', Buffer.from(generator, 'hex'))
  const theirs = getDiffieHellman('modp14')
  const [ourPublic, theirPublic] = [ours.generateKeys(), theirs.generateKeys()]
  assert.ok(ours.computeSecret(theirPublic).equals(theirs.computeSecret(ourPublic)))
})
