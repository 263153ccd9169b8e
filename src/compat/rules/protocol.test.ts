import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changedInput } from '../../../test/compat/changed-input.ts'
import { testRule } from '../../../test/compat/rule-tester.ts'
import { protocolEncryption } from './protocol-encryption.ts'
import { protocolVersion } from './protocol-version.ts'

testRule(protocolVersion, {
  passes: { 'ranges that meet': { 'target.kzone.protocol': { min: 1, max: 3 } } },
  refuses: {
    'ranges that do not': {
      change: { 'target.kzone': { version: '2.0.0', protocol: { min: 2, max: 3 } } },
      finds: ['kzone protocol: 1 (kzone 0.1.0) | 2 to 3 (kzone 2.0.0)'],
    },
  },
})

const offered = 'aes-256-gcm, aes-128-gcm, chacha20-poly1305'

testRule(protocolEncryption, {
  passes: {
    'a migration in the clear': {
      'intent.encrypt': false,
      'target.hypervisor.known.tlsPsk': false,
      'target.ciphers.known': [],
    },
    'one cipher in common': { 'target.ciphers.known': ['aes-128-ccm', 'aes-128-gcm'] },
    'a cipher that was asked for and both offer': { 'intent.cipher': 'aes-128-gcm' },
  },
  refuses: {
    'a QEMU that cannot': {
      change: { 'target.hypervisor.known.tlsPsk': false },
      finds: ['cipher: TLS-PSK (QEMU 7.2.22) | no TLS-PSK (QEMU 7.2.22)'],
    },
    'a target that offers nothing': {
      change: { 'target.ciphers.known': [] },
      finds: [`cipher: ${offered} | no ciphers`],
    },
    'no cipher in common': {
      change: { 'target.ciphers.known': ['aes-128-ccm'] },
      finds: [`cipher: ${offered} | aes-128-ccm`],
    },
    'a cipher that was asked for and the target does not offer': {
      change: { 'intent.cipher': 'aes-256-gcm', 'target.ciphers.known': ['aes-128-gcm'] },
      finds: [`cipher: ${offered} | aes-128-gcm`],
    },
    'a cipher that was asked for and nobody offers': {
      change: { 'intent.cipher': 'rot13' },
      finds: [`cipher: ${offered} | ${offered}`],
    },
  },
})

test('protocol/encryption says what to type for a cipher that both hosts have', () => {
  const asked = { 'intent.cipher': 'rot13', 'target.ciphers.known': ['aes-128-gcm'] }
  const [finding] = protocolEncryption.judge(changedInput(asked))
  assert.ok(finding !== undefined && 'why' in finding)
  assert.match(finding.why, /rot13.* not supported by alpha and beta/)
  const command = finding.remedies[0]?.commands[0]?.command
  assert.equal(command, 'zoneadm -z web1 migrate -c aes-128-gcm ssh://beta')
})
