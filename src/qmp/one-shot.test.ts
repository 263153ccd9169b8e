import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test } from 'node:test'
import { QmpConnection } from './connection.ts'
import { startProbe } from './one-shot.ts'
import { QmpClosedError } from './qmp-errors.ts'
import {
  blockSchema,
  cpuDefinitionsSchema,
  cpuModelExpansionSchema,
  cpusFastSchema,
  machinesSchema,
  migrationCapabilitiesSchema,
  migrationParametersSchema,
  migrationSchema,
  statusSchema,
  versionSchema,
} from './schemas.ts'
import { stdioTransport } from './stdio-transport.ts'

const binary = 'qemu-system-x86_64'
const quiet = ['-accel', 'tcg', '-S', '-display', 'none', '-nodefaults']
const guest = ['-machine', 'q35', '-m', '16', '-smp', '2', ...quiet]

function isRunning(pid: number | undefined): boolean {
  try {
    return process.kill(pid ?? 0, 0)
  } catch {
    return false
  }
}

test('A probe without a machine answers about machines and CPU models', async () => {
  await using qemu = await startProbe(binary, ['-machine', 'none', ...quiet])
  const machines = await qemu.execute('query-machines', {}, { schema: machinesSchema })
  assert(machines.some(({ alias }) => alias === 'q35'))
  const models = await qemu.execute('query-cpu-definitions', {}, { schema: cpuDefinitionsSchema })
  assert(models.some(({ name }) => name === 'Nehalem'))
  const expansion = await qemu.execute(
    'query-cpu-model-expansion',
    { type: 'static', model: { name: 'qemu64' } },
    { schema: cpuModelExpansionSchema },
  )
  assert.equal(expansion.model.props?.['lm'], true)
})

test('A guest under TCG continues and stops, tells so by events, and its replies fit their schemas', async () => {
  await using qemu = await startProbe(binary, guest)
  assert.deepEqual(await qemu.execute('query-status', {}, { schema: statusSchema }), {
    status: 'prelaunch',
    running: false,
  })
  const resumed = qemu.waitForEvent('RESUME')
  await qemu.execute('cont')
  await resumed
  assert.equal((await qemu.execute('query-status', {}, { schema: statusSchema })).running, true)
  const [stopped] = await Promise.all([qemu.waitForEvent('STOP'), qemu.execute('stop')])
  assert(Math.abs(stopped.timestampMs - Date.now()) < 60_000)

  const cpus = await qemu.execute('query-cpus-fast', {}, { schema: cpusFastSchema })
  assert.deepEqual(
    cpus.map((cpu) => cpu['cpu-index']),
    [0, 1],
  )
  assert.deepEqual(await qemu.execute('query-block', {}, { schema: blockSchema }), [])
  assert.equal((await qemu.execute('query-migrate', {}, { schema: migrationSchema })).status, undefined)
  const capabilities = await qemu.execute(
    'query-migrate-capabilities',
    {},
    { schema: migrationCapabilitiesSchema },
  )
  assert(capabilities.some(({ capability }) => capability === 'pause-before-switchover'))
  const parameters = await qemu.execute('query-migrate-parameters', {}, { schema: migrationParametersSchema })
  assert.equal(parameters['downtime-limit'], 300)
  assert.deepEqual(await qemu.execute('query-version', {}, { schema: versionSchema }), qemu.version)
})

test('The schemas fit a drive with a medium and a migration that is under way', async () => {
  const drive = ['-drive', 'if=none,id=d,driver=null-co,size=1M', '-device', 'virtio-blk-pci,drive=d,id=disk']
  await using qemu = await startProbe(binary, [...guest, ...drive])
  const [block] = await qemu.execute('query-block', {}, { schema: blockSchema })
  assert.equal(block?.inserted?.image['virtual-size'], 1024 * 1024)
  await qemu.execute('migrate-set-capabilities', { capabilities: [{ capability: 'events', state: true }] })
  const completed = qemu.waitForEvent('MIGRATION', { predicate: ({ data }) => data.status === 'completed' })
  await qemu.execute('migrate', { uri: 'exec:cat >/dev/null' })
  await completed
  const { status, ram } = await qemu.execute('query-migrate', {}, { schema: migrationSchema })
  assert.equal(status, 'completed')
  assert(ram !== undefined && ram.total > 16 * 1024 * 1024 && ram['page-size'] === 4096)
})

test('A refusal by a real QEMU has its class and its words', async () => {
  await using qemu = await startProbe(binary, guest)
  await assert.rejects(qemu.execute('device_del', { id: 'd1' }), {
    qmpClass: 'DeviceNotFound',
    message: `QEMU refused "device_del": Device 'd1' not found`,
  })
})

test('SIGKILL of QEMU rejects the pending call and names the signal', async () => {
  const child = spawn(binary, [...guest, '-qmp', 'stdio'])
  await using qemu = await QmpConnection.open(stdioTransport(child))
  const wait = qemu.waitForEvent('STOP')
  child.kill('SIGSTOP')
  const pending = Promise.allSettled([qemu.execute('query-status'), wait])
  child.kill('SIGKILL')
  for (const outcome of await pending) {
    assert(outcome.status === 'rejected' && outcome.reason instanceof QmpClosedError)
    assert.match(outcome.reason.message, /QEMU \(process \d+\) was ended by SIGKILL/)
  }
})

test('A QEMU that refuses its arguments ends with its own words in the error', async () => {
  await assert.rejects(
    startProbe(binary, ['-machine', 'nosuch']),
    /QEMU \(process \d+\) ended with exit code 1: .*unsupported machine type/s,
  )
})

test('Disposing a probe ends its QEMU', async () => {
  const child = spawn(binary, [...guest, '-qmp', 'stdio'])
  const qemu = await QmpConnection.open(stdioTransport(child))
  assert(isRunning(child.pid))
  await qemu[Symbol.asyncDispose]()
  await qemu[Symbol.asyncDispose]()
  assert(!isRunning(child.pid))
})

test('An abort ends the QEMU of a probe that is already up', async () => {
  const abort = new AbortController()
  await using qemu = await startProbe(binary, guest, { signal: abort.signal })
  abort.abort()
  assert.match((await qemu.closed).message, /was ended by SIGKILL/)
})

test('A program that is not there, or that never greets, is an error and not a hang', async () => {
  await assert.rejects(startProbe('qemu-system-nosuch', []), {
    code: 'QEMU_NOT_STARTED',
    message: 'Cannot run "qemu-system-nosuch" (ENOENT)',
  })
  await assert.rejects(startProbe('sh', ['-c', 'exec sleep 100'], { timeoutMs: 50 }), { code: 'QMP_TIMEOUT' })
})

test('The death of a program is seen although its own child holds the output open', async () => {
  const script = 'sleep 4 & kill -KILL $$'
  await assert.rejects(startProbe('sh', ['-c', script], { timeoutMs: 3000 }), /was ended by SIGKILL/)
})
