import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderForecast } from './render-forecast.ts'

const mib = 1024 ** 2
const measured = {
  converges: true,
  transferMs: 40_200,
  pauseMs: 61.4,
  bytesPerSecond: 110 * mib,
  dirtyBytesPerSecond: 12 * mib,
}

test('A forecast says how long, how long the guest pauses, and by which rates', () => {
  assert.equal(
    renderForecast({ known: measured }),
    'Forecast: memory sent in about 40 s, pause about 61 ms (110 MiB/s can be sent, the guest changes 12 MiB/s).',
  )
})

test('A guest that has to be slowed down is told by how much', () => {
  assert.match(
    renderForecast({ known: { ...measured, slowedPercent: 60 } }),
    /pause about 61 ms, the guest slowed down by up to 60 % \(110 MiB/,
  )
})

test('A transfer without an end says so, and how long a pause would make one', () => {
  const endless = { ...measured, converges: false, transferMs: null, pauseMs: 9000 }
  assert.equal(
    renderForecast({ known: endless }),
    'Forecast: it will not converge: 110 MiB/s can be sent, the guest changes 12 MiB/s; stopped for the rest, the guest would pause about 9.0 s.',
  )
})

test('What could not be measured is told with its reason', () => {
  assert.equal(renderForecast({ unknown: 'QEMU was silent' }), 'Forecast: not known: QEMU was silent.')
})
