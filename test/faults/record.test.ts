import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type KeptVerdict, lastOfEach } from './record.ts'
import { renderResults } from './render-faults.ts'

const good: KeptVerdict = {
  name: 'go.marked:cancel:live',
  outcome: 'moved',
  guest: 'same',
  typed: [],
  recoverMs: 100,
  exitCode: 0,
  violations: [],
  commit: 'c2',
  code: 'd2',
}
const bad: KeptVerdict = { ...good, violations: ['two runners'], commit: 'c1', code: 'd1' }

test('lastOfEach() takes the last verdict on a case, which remembers that it was bad before', () => {
  const onceBad = [{ commit: 'c1', code: 'd1', violations: ['two runners'] }]
  assert.deepEqual(lastOfEach([bad, good]), [{ ...good, onceBad }])
  assert.deepEqual(lastOfEach([{ ...good, onceBad }, bad, good]), [{ ...good, onceBad }], 'told again')
  assert.deepEqual(lastOfEach([bad, bad]), [bad])
  assert.deepEqual(lastOfEach([good, good]), [good])
})

test('renderResults() shows a case that broke off, and one that was bad on an earlier code', () => {
  const broken: KeptVerdict = { ...good, outcome: undefined, violations: ['it broke off: Error\n at x'] }
  const now = renderResults([broken])
  assert.match(now, /\| \*\*BAD\*\* \|/)
  assert.match(now, /## Bad cases\n\n- `go.marked:cancel:live`: it broke off: Error\n/)
  const later = renderResults(lastOfEach([bad, good]))
  assert.match(later, /## Bad cases\n\nNone/)
  assert.match(later, /once bad[^]*- `go.marked:cancel:live`: two runners \(on src d1, commit c1\)/)
})

test('renderResults() names the seeds of random cases', () => {
  const random = { ...good, name: '17ms:cancel:live', seed: 4711 }
  assert.match(renderResults([random]), /Seeds of the random cases: 4711 \(1 cases\)/)
})
