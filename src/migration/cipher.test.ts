import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Exit } from '../errors.ts'
import { cipherNames, commonCiphers, tlsPriority } from './cipher.ts'

test('Each cipher has a priority that allows it and no other', () => {
  const priorities = cipherNames.map((name) => tlsPriority(name, cipherNames))
  assert.equal(priorities[0], 'NORMAL:-VERS-TLS1.3:-CIPHER-ALL:+AES-256-GCM')
  for (const priority of priorities) {
    assert.match(priority, /^NORMAL:(-VERS-TLS1\.3:)?-CIPHER-ALL:\+[A-Z0-9-]+$/)
  }
  assert.equal(new Set(priorities).size, cipherNames.length)
})

test('Without a wish AES comes before ChaCha20, which GnuTLS would choose', () => {
  assert.match(tlsPriority(null, cipherNames), /-CIPHER-ALL:\+AES-128-GCM:.*CHACHA20/)
})

test('commonCiphers() keeps our order and knows only our names', () => {
  assert.deepEqual(commonCiphers(['rot13', 'aes-128-gcm', 'aes-256-gcm']), ['aes-256-gcm', 'aes-128-gcm'])
  assert.deepEqual(commonCiphers([]), [])
})

for (const wanted of ['rot13', '', 'AES-256-GCM', 'none', 'toString']) {
  test(`The cipher "${wanted}", unknown here, is a mistake in the command`, () => {
    assert.throws(() => tlsPriority(wanted, [wanted]), {
      code: 'CIPHER_UNSUPPORTED',
      exit: Exit.usage,
      message: `cipher ${wanted} not supported by this host: it supports: ${cipherNames.join(' ')}`,
    })
  })
}

test('A cipher that the target lacks is refused with those that both have', () => {
  assert.throws(() => tlsPriority('aes-256-gcm', ['rot13', 'aes-128-gcm']), {
    code: 'CIPHER_UNSUPPORTED',
    exit: Exit.failed,
    message: 'cipher aes-256-gcm not supported by destination: destination supports: rot13 aes-128-gcm',
    remedy: 'Choose one of: aes-128-gcm',
  })
})
