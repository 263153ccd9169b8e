import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readPing } from './pinger.ts'

const answer = (seconds: string, number: number) =>
  `[${seconds}] 64 bytes from 10.77.0.1: icmp_seq=${number} ttl=64 time=0.05 ms`

test('readPing() counts what was lost and finds the longest gap', () => {
  const output = [
    'PING 10.77.0.1 (10.77.0.1) 56(84) bytes of data.',
    answer('100.000000', 1),
    answer('100.020000', 2),
    '[100.040000] From 10.77.0.250 icmp_seq=3 Destination Host Unreachable',
    answer('100.080000', 5),
    '',
    '--- 10.77.0.1 ping statistics ---',
    '5 packets transmitted, 3 received, 40% packet loss, time 80ms',
  ].join('\n')
  const { longestGapMs, ...counts } = readPing(output)
  assert.deepEqual(counts, { sent: 5, received: 3, lost: 2 })
  assert.equal(Math.round(longestGapMs), 60)
})

test('readPing() does not count the last packet as lost when it was still on its way', () => {
  const output = `${answer('1.0', 1)}\n2 packets transmitted, 1 received, 50% packet loss, time 5ms`
  assert.deepEqual(readPing(output), { sent: 1, received: 1, lost: 0, longestGapMs: 0 })
})
