import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { zoneadmCommands } from '../../src/cli/commands/zoneadm/commands.ts'
import { readOptions } from '../../src/cli/read-options.ts'
import { names as zonesdCommands } from '../../src/cli/zonesd/zonesd.ts'

const packaged = (file: string) =>
  readFileSync(join(import.meta.dirname, '../../packaging', file), 'utf8')
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))

const units = ['zonesd.service', 'kzone-zones.service'] as const
const unit = (name: (typeof units)[number]) => packaged(`systemd/${name}`)

/** The calls of kzone's programs in a line, as words. */
const callsIn = (line: string) =>
  [...line.matchAll(/\b(?:zonesd|zoneadm)(?: +-?[a-zA-Z]\S*)+/g)].map(([call]) => call.split(/ +/))

function checkCall([program, name = '', ...args]: readonly string[]): void {
  if (program === 'zoneadm') return void readOptions(args, zoneadmCommands.find(name).options)
  assert.ok(
    zonesdCommands.some((each) => each === name),
    `zonesd has no "${name}"`,
  )
  assert.deepEqual(name === 'stop' ? args.filter((word) => word !== '-F') : args, [])
}

for (const name of units) {
  test(`What ${name} runs are commands of this release`, () => {
    const lines = unit(name).filter((line) => /^Exec\w+=/.test(line))
    assert.ok(lines.length > 0)
    for (const line of lines) {
      const calls = callsIn(line)
      assert.ok(calls.length > 0, line)
      calls.forEach(checkCall)
    }
  })
}

test('What the init script runs are commands of this release', () => {
  const calls = packaged('init/kzone')
    .filter((line) => !line.includes('echo'))
    .flatMap(callsIn)
  assert.deepEqual(
    new Set(calls.map(([program, name]) => `${program} ${name}`)),
    new Set(['zonesd boot-zones', 'zonesd shutdown-zones', 'zonesd stop', 'zoneadm list', 'zonesd status']),
  )
  calls.forEach(checkCall)
})

test('Zones, and what looks at their images, begin after remote storage and end before it', () => {
  for (const name of units) {
    const after = unit(name).flatMap((line) => /^After=(.*)/.exec(line)?.[1]?.split(' ') ?? [])
    for (const needed of [
      'network-online.target',
      'remote-fs.target',
      'iscsid.service',
      'open-iscsi.service',
    ])
      assert.ok(after.includes(needed), `${name}: ${needed}`)
  }
})
