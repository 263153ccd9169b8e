import assert from 'node:assert/strict'
import { test } from 'node:test'
import { global } from '../zone/schema/global.ts'
import { cpuClassNames, cpuModel } from './cpu-class.ts'

const featuresOf = (cpuClass: string) => cpuModel(cpuClass).split(',').slice(1)

test('cpu-arch offers exactly the classes that there are', () => {
  const property = global.properties.find(({ name }) => name === 'cpu-arch')
  assert.deepEqual(property?.kind.values, cpuClassNames)
})

test('Each class has all that the weaker ones have, and more', () => {
  for (const [index, stronger] of cpuClassNames.entries()) {
    const weaker = cpuClassNames[index - 1]
    if (weaker === undefined) continue
    const features = new Set(featuresOf(stronger))
    assert.ok(featuresOf(weaker).every((feature) => features.has(feature)))
    assert.ok(features.size > featuresOf(weaker).length)
  }
})

test("No class passes this host's own CPU through", () => {
  for (const name of [undefined, ...cpuClassNames]) assert.match(cpuModel(name), /^qemu64(,\+[a-z0-9.]+)+$/)
})

test('Unset is the weakest class; a name that is no class is one of QEMU’s models', () => {
  assert.equal(cpuModel(undefined), cpuModel(cpuClassNames[0]))
  assert.equal(cpuModel('Skylake-Server-v4'), 'Skylake-Server-v4')
})
