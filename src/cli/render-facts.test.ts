import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleInput } from '../../test/compat/sample-input.ts'
import { renderFacts } from './render-facts.ts'

const facts = sampleInput().target

test('renderFacts() fits into 80 columns and begins with the host', () => {
  const lines = renderFacts(facts)
  assert.match(lines[0] ?? '', new RegExp(`^host {8}${facts.host.name} \\(`))
  assert.deepEqual(
    lines.filter((line) => line.length > 80 && line.trim().includes(' ')),
    [],
  )
})

test('renderFacts() tells what is not known from what is not there', () => {
  const lines = renderFacts({ ...facts, links: { unknown: 'ip is not installed' }, zones: { known: [] } })
  assert.ok(lines.includes('links       not known: ip is not installed'))
  assert.ok(lines.includes('zones       none'))
})

test('renderFacts() shows the newest machine types, by number', () => {
  const machineTypes = ['pc-q35-9.2', 'pc-q35-10.0', 'pc', 'pc-q35-7.2']
  if (!('known' in facts.hypervisor)) throw new Error('The sample lacks its hypervisor')
  const hypervisor = { known: { ...facts.hypervisor.known, machineTypes } }
  const lines = renderFacts({ ...facts, hypervisor })
  assert.ok(lines.includes('machine     pc-q35-10.0, pc-q35-9.2, pc-q35-7.2'))
})
