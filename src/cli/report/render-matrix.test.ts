import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleInput } from '../../../test/compat/sample-input.ts'
import type { Matrix, MatrixCell, MatrixHost } from '../../compat/matrix.ts'
import { renderMatrix } from './render-matrix.ts'

const { target: facts } = sampleInput()
const host = (name: string): MatrixHost => ({
  uri: `ssh://${name}`,
  name,
  target: { uri: `ssh://${name}`, facts, configurations: {} },
})
const away: MatrixHost = {
  uri: 'ssh://delta',
  name: 'delta',
  unreachable: 'Cannot reach ssh://delta: No route to host',
}
const noLink = { rule: 'network/lower-link', text: 'anet[id=0]:lower-link: here br0; there no link br0' }
const live: MatrixCell = { can: 'live' }
const unknown: MatrixCell = { can: 'unknown', reason: { rule: null, text: away.unreachable } }

const row = (zone: string, state: string, cells: readonly MatrixCell[]) => ({
  zone,
  state,
  auxiliary: [],
  cells,
})
const matrix: Matrix = {
  source: 'alpha',
  hosts: [host('beta'), host('gamma'), away],
  rows: [
    row('web1', 'running', [live, { can: 'cold', reason: noLink }, unknown]),
    row('db1', 'installed', [{ can: 'no', reason: noLink }, { can: 'no', reason: noLink }, unknown]),
    row('db2', 'installed', [
      { can: 'cold', notJudged: ['target.storage'] },
      { can: 'no', reason: noLink },
      unknown,
    ]),
  ],
}

test('renderMatrix() is a table with each reason once below it, and the sums', () => {
  assert.equal(
    renderMatrix(matrix),
    `\
ZONE  STATE      beta    gamma     delta
web1  running    live    cold [1]  ? [2]
db1   installed  no [1]  no [1]    ? [2]
db2   installed  cold*   no [1]    ? [2]

[1] network/lower-link: anet[id=0]:lower-link: here br0; there no link br0
[2] Cannot reach ssh://delta: No route to host

3 zones, 3 hosts: 1 live, 2 cold, 3 no, 3 not known.
* not judged, as you accepted: target.storage.
`,
  )
})

test('renderMatrix() names the zones that can move nowhere', () => {
  const { rows } = matrix
  const known = rows.map((each) => ({ ...each, cells: each.cells.slice(0, 2) }))
  const text = renderMatrix({ ...matrix, hosts: matrix.hosts.slice(0, 2), rows: known })
  assert.match(text, /\nCan move to none of them: db1\.\n/)
})

test('renderMatrix() goes on below with the hosts that do not fit beside each other', () => {
  const hosts = Array.from({ length: 30 }, (_, number) => host(`host-${number}`))
  const cells = hosts.map((): MatrixCell => live)
  for (const columns of [80, 132, 20]) {
    const text = renderMatrix({ source: 'alpha', hosts, rows: [row('web1', 'running', cells)] }, { columns })
    const lines = text.split('\n')
    for (const line of lines.slice(0, -2)) assert.ok(line.length <= Math.max(columns, 22), line)
    assert.equal(text.match(/\blive\b/g)?.length, 31, 'each host once, and the sum')
    for (const { name } of hosts) assert.match(text, new RegExp(`^ZONE.* ${name}( |$)`, 'm'))
  }
})

test('renderMatrix() tells two hosts of one name apart', () => {
  const hosts = [host('beta'), { ...host('beta'), uri: 'facts:beta.json' }]
  const text = renderMatrix({ source: 'alpha', hosts, rows: [row('web1', 'running', [live, live])] })
  assert.match(text, /^ZONE +STATE +ssh:\/\/beta +facts:beta\.json\n/)
})

test('renderMatrix() colours only if told to, and changes nothing else', () => {
  // oxlint-disable-next-line no-control-regex -- it is the escape character that is looked for
  const escapes = /\u001b\[\d+m/g
  const coloured = renderMatrix(matrix, { colour: true })
  assert.match(coloured, escapes)
  const plain = coloured.replaceAll(escapes, '').replaceAll(/ +$/gm, '')
  assert.equal(plain, renderMatrix(matrix))
})
