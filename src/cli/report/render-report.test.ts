import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Changes } from '../../../test/compat/apply-changes.ts'
import { changedInput } from '../../../test/compat/changed-input.ts'
import { inputOf, scenarios } from '../../../test/compat/read-scenarios.ts'
import { check } from '../../compat/check.ts'
import { type CheckInput, trialNames } from '../../compat/input.ts'
import { Report } from '../../compat/schema.ts'
import { renderReport, reportToJson } from './render-report.ts'

function reportOf(change: Changes): Report {
  return tried(changedInput(change))
}

/** All that two hosts can try between them was tried. */
function tried(input: CheckInput): Report {
  const trials = Object.fromEntries(trialNames.map((name) => [name, { known: null }]))
  return check({ ...trials, ...input })
}

test('renderReport() says in two lines that nothing was found', () => {
  const report = reportOf({})
  assert.equal(
    renderReport(report),
    `web1: live migration from alpha to beta can go ahead\n\n${report.passed.length} checks passed\n`,
  )
})

test('renderReport() puts refusals first, then what is unknown, then warnings', () => {
  const missing = { unknown: 'qemu-img is not installed', remedy: ['apt-get install qemu-utils'] }
  const report = reportOf({
    'target.storage': missing,
    'target.cpu.known.count': 1,
    targetConfig: 'select anet id=0; set mtu=9000; set maxbw=1G; end',
  })
  assert.equal(
    renderReport(report),
    `\
web1: live migration from alpha to beta is refused: 1 reason, 1 thing not known,
1 warning

REFUSED configuration/nics
  anet[id=0]:maxbw
    source: not set
    target: 1G
  anet[id=0]:mtu
    source: 1500
    target: 9000
  The guest keeps the NIC as it knows it: what differs on the host cuts its
  traffic off.
  - Make the target's configuration equal:
    beta# zonecfg -z web1 'select anet id=0; set mtu=1500; clear maxbw; end'

UNKNOWN target.storage
  beta: qemu-img is not installed
  Not decided without it: storage/reachable, storage/same.
  - Make it readable, then check again:
    beta# apt-get install qemu-utils

WARNING cpu/count
  virtual-cpu:ncpus
    source: 2 in the zone
    target: 1 in beta (Xeon E5-2690)
  The CPUs of the guest would wait for each other: it runs, but slower.

${report.passed.length} checks passed
About a rule: zoneadm check --explain RULE, or kzone-compatibility(7)
`,
  )
})

test('renderReport() does not count what was not tried among what passed', () => {
  const report = check(changedInput({}))
  assert.ok(report.notTried?.includes('path/data-port') && !report.passed.includes('path/data-port'))
  assert.match(renderReport(report), /checks passed\nNot tried: path\/data-port, path\/encryption\b/)
})

test('renderReport() sets apart what the operator wanted to do without', () => {
  const missing = { unknown: 'its facts were saved without it', remedy: ['zoneadm facts'] }
  const input = changedInput({ 'target.storage': missing, 'target.links': { unknown: 'no ip' } })
  const intent = { ...input.intent, acceptUnknown: ['target.storage'] as const }
  const text = renderReport(check({ ...input, intent }))
  assert.match(text, /refused: 1 thing not known, 1 thing\nnot judged\n/)
  assert.match(
    text,
    /\nUNKNOWN target\.links\n {2}beta: no ip\n[^]*\nNOT JUDGED target\.storage\n {2}beta: its facts/,
  )
})

test('renderReport() keeps to 80 columns, but for words and commands that must stay in one piece', () => {
  for (const input of scenarios.flatMap((scenario) => inputOf(scenario) ?? [])) {
    for (const line of renderReport(tried(input)).split('\n')) {
      assert.doesNotMatch(line, /\s$|undefined|null/)
      if (line.length <= 80) continue
      assert.match(line, /^ {4}(alpha|beta)# |^ *(source: |target: )?\S+$/)
    }
  }
})

test('renderReport() colours only if told to, and changes nothing else', () => {
  const report = reportOf({ 'target.links.known': [], 'boot.known.qemuVersion': '9.0.0' })
  // oxlint-disable-next-line no-control-regex -- it is the escape character that is looked for
  const escapes = /\u001b\[\d+m/g
  const coloured = renderReport(report, { colour: true })
  assert.match(coloured, escapes)
  assert.equal(coloured.replaceAll(escapes, ''), renderReport(report))
})

test('reportToJson() writes what the schema of the report reads', () => {
  const report = reportOf({ 'target.links.known': [] })
  assert.deepEqual(Report.parse(JSON.parse(reportToJson(report))), report)
})
