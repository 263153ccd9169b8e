import assert from 'node:assert/strict'
import { readFile, stat } from 'node:fs/promises'
import { test } from 'node:test'
import { agentHost } from '../../../test/fixtures/agent/agent-host.ts'
import { tinyConfig } from '../../../test/fixtures/tiny-machine.ts'
import { keyOfSource, readZoneKey } from '../../hostdata/zone-key.ts'
import { statusSchema } from '../../qmp/schemas.ts'
import { readOwner } from '../ownership/own.ts'
import { bootOrResume } from './boot-or-resume.ts'
import { installZone } from './install.ts'
import { suspendZone } from './suspend.ts'

const config = `${tinyConfig}add suspend\nset path=/images/web1\nend\nadd virtual-cpu\nset ncpus=1\nend\n`
const still = { signal: new AbortController().signal, progress: () => undefined }

test('With a keysource the image has its key, and the guest goes on when that is changed meanwhile', async () => {
  await using rig = await agentHost()
  const zone = await rig.zone('web1', 'installed')
  const withKey = (raw: string) => `${config}add keysource\nset raw=${raw}\nend\n`
  const { registry, layout } = rig.host
  const configText = withKey('5a'.repeat(32))
  await registry.saveConfig('web1', configText)
  await rig.startMachine(zone)
  const running = zone.requireRunning('test')
  running.record = { ...running.record, configText }
  await running.machine.qemu.qmp.execute('cont')
  assert.equal((await stat(layout.config('web1'))).mode & 0o777, 0o600)
  await suspendZone(rig.host, zone, still)
  assert.equal(await readFile(layout.key('web1'), 'utf8'), `${'5a'.repeat(32)}\n`)
  await registry.saveConfig('web1', withKey('something-else'))
  await bootOrResume(rig.host, zone, { bootargs: undefined, discard: false }, still)
  const { qmp } = zone.requireRunning('test').machine.qemu
  assert.equal((await qmp.execute('query-status', {}, { schema: statusSchema })).status, 'running')
})

test('A keysource that is set under a running zone holds from its suspension on, for its host data too', async () => {
  await using rig = await agentHost()
  const { registry, layout } = rig.host
  const disk = 'add device\nset id=0\nset storage=file:///disk\nset bootpri=0\nset create-size=4m\nend\n'
  const zone = await registry.saveConfig('web1', `${config}${disk}`)
  const options = { zone: 'web1', image: null, kernel: null, initrd: null, initialize: false }
  await installZone(rig.host, zone, options, still.signal)
  const boot = () => bootOrResume(rig.host, zone, { bootargs: undefined, discard: false }, still)
  await boot()
  await registry.saveConfig('web1', `${config}${disk}add keysource\nset raw=correct-horse\nend\n`)
  await suspendZone(rig.host, zone, still)
  assert.deepEqual(await readZoneKey(layout.key('web1')), keyOfSource('correct-horse'))
  assert.equal((await readOwner(rig.host, zone))?.state, 'suspended')
  await boot()
  assert.equal((await readOwner(rig.host, zone))?.state, 'running')
})
