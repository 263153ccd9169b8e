import assert from 'node:assert/strict'
import { test } from 'node:test'
import { printedCommands } from './remedy.ts'

test('printedCommands() takes the commands from a remedy alone, word for word', () => {
  const output = [
    "zoneadm: zone 'web1': lost ssh://beta; type zoneadm -z web1 boot at your peril",
    '  remedy: Once ssh://beta can be reached: zoneadm -z web1 migrate --recover',
    '          Or, as after a power failure: zoneadm -z web1 boot',
  ].join('\n')
  assert.deepEqual(printedCommands(output), [
    ['zoneadm', '-z', 'web1', 'migrate', '--recover'],
    ['zoneadm', '-z', 'web1', 'boot'],
  ])
  assert.deepEqual(printedCommands('zoneadm -z web1 boot'), [])
})
