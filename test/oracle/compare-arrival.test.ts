import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareArrival, type Observation } from './compare-arrival.ts'

function report(round: number, change: Readonly<Record<string, string>> = {}): string {
  const lines = {
    round: round.toString(16).padStart(8, '0'),
    'bad-memory': '00000000',
    'bad-address': '00000000',
    'bad-disk': '00000000',
    cpus: '00000001',
    'disk 00000000': '6b7a2d64 69736b30 00000000',
    'cpuid 00000001 00000000': '00060fb1 00000800 80002201 178bfbfd',
    ...change,
  }
  // As on the serial port: what was said before, and a blank at the end of each line.
  const text = Object.entries(lines).map(([name, value]) => `${name} ${value} \n`)
  return `SeaBIOS\r\n\n${text.join('')}end\n`
}

const connected = { nics: [{ to: 'kz0a0 in net0, up', mtu: 1500 }], disks: ['disk0 1048576'] }

const well: Observation = {
  before: report(600),
  first: report(610),
  last: report(640),
  connectedBefore: connected,
  connected,
}

const judge = (change: Partial<Observation>) => compareArrival({ ...well, ...change })

test('compareArrival() finds that a guest works that goes on in the same machine', () => {
  assert.deepEqual(judge({}), { outcome: 'works', words: [] })
})

test('compareArrival() calls a guest corrupted that found a fault or stands still', () => {
  assert.deepEqual(judge({ last: report(640, { 'bad-memory': '00000002' }) }), {
    outcome: 'corrupted',
    words: ['bad-memory 2'],
  })
  assert.deepEqual(judge({ last: report(610) }), { outcome: 'corrupted', words: ['the guest stands still'] })
  assert.equal(judge({ first: report(599) }).outcome, 'corrupted')
})

test('compareArrival() shows what the guest sees of another CPU', () => {
  const other = '00000663 00000800 80002201 178bfbfd'
  const { outcome, words } = judge({ last: report(640, { 'cpuid 00000001 00000000': other }) })
  assert.equal(outcome, 'another machine')
  assert.equal(words.length, 1)
  assert.match(words.join(), /leaf 00000001\.00000000 was 00060fb1 .* is 00000663 /)
})

test('compareArrival() notices a device that the guest sees for the first time, and other connections', () => {
  assert.deepEqual(judge({ last: report(640, { 'disk 00000001': '0 0 0' }) }).words, [
    'the guest sees another disk 00000001',
  ])
  const { outcome, words } = judge({ connected: { ...connected, disks: ['disk0 2097152'] } })
  assert.deepEqual(
    [outcome, words],
    ['another machine', ['on the host: not disk0 1048576, but disk0 2097152']],
  )
})

test('compareArrival() notices a NIC in another bridge, and one whose packets must be smaller; larger ones may come', () => {
  const wordsOf = (to: string, mtu: number) =>
    judge({ connected: { ...connected, nics: [{ to, mtu }] } }).words
  assert.deepEqual(wordsOf('kz0a0 in br1, up', 1500), [
    'on the host: not kz0a0 in net0, up, but kz0a0 in br1, up',
  ])
  assert.deepEqual(wordsOf('kz0a0 in net0, up', 1280), [
    'on the host: kz0a0 in net0, up: not 1500 bytes, but 1280',
  ])
  assert.deepEqual(wordsOf('kz0a0 in net0, up', 9000), [])
})

test('compareArrival() throws if a report is incomplete', () => {
  assert.throws(() => judge({ last: report(640).slice(0, -5) }), /has not reported/)
})
