import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { createLab, type Lab } from './lab.ts'
import { whyNoNamespaces } from './requirement.ts'

const soon = () => ({ signal: AbortSignal.timeout(20_000) })

describe('createLab()', { skip: whyNoNamespaces() ?? false }, () => {
  let lab: Lab<'alpha' | 'beta'>
  before(async () => {
    lab = await createLab({ hosts: ['alpha', 'beta'] })
  })
  after(() => lab[Symbol.asyncDispose]())

  test('its hosts, storage and observer reach each other', async () => {
    const { alpha, beta } = lab.hosts
    for (const address of [beta.address, lab.storage.address, lab.observer.address]) {
      const { code, stdout } = await alpha.run(['ping', '-c', '1', '-W', '2', address])
      assert.equal(code, 0, stdout)
    }
  })

  test('a host logs into the other by name and by address, and finds its root folder and kzone there', async () => {
    const { alpha, beta } = lab.hosts
    for (const target of ['beta', beta.address]) {
      const ssh = ['ssh', '-F', alpha.env['KZ_SSH_CONFIG'] ?? '', target]
      const result = await alpha.run([...ssh, 'echo $KZ_ROOT; command -v zonesd; hostname -I'])
      assert.equal(result.code, 0, result.stderr)
      const [root, zonesd, addresses] = result.stdout.split('\n')
      assert.equal(root, beta.root)
      assert.ok(zonesd?.startsWith(`${lab.folder}/beta/`))
      assert.equal(addresses?.trim(), beta.address)
    }
  })

  test('run() gives input and environment, and reports exit codes and time limits', async () => {
    const { alpha } = lab.hosts
    const echoed = await alpha.run(['sh', '-c', 'cat; echo $X >&2; exit 3'], { input: 'in', env: { X: 'x' } })
    assert.deepEqual(echoed, { code: 3, stdout: 'in', stderr: 'x\n' })
    assert.equal((await alpha.run(['sleep', '60'], { timeoutMs: 50 })).code, 124)
  })

  test('a logical unit opens from both hosts, survives a crash of the server, and goes when removed', async () => {
    const lun = await lab.storage.createLun({ name: 'disk', sizeBytes: 8 * 1024 * 1024 })
    const info = ['qemu-img', 'info', '--output=json', lun.qemuUrl]
    const write = ['qemu-io', '-f', 'raw', '-c', 'write -P 7 0 4k', lun.qemuUrl]
    const verify = ['qemu-io', '-f', 'raw', '-c', 'read -P 7 0 4k', lun.qemuUrl]
    const { alpha, beta } = lab.hosts
    for (const host of [alpha, beta]) {
      const { code, stdout, stderr } = await host.run(info)
      assert.equal(code, 0, stderr)
      assert.equal(JSON.parse(stdout)['virtual-size'], 8 * 1024 * 1024)
    }
    assert.equal((await alpha.run(write)).code, 0)
    await lab.storage.stop()
    assert.notEqual((await beta.run(info)).code, 0)
    await lab.storage.start()
    const { code, stdout } = await beta.run(verify)
    assert.equal(code, 0)
    assert.doesNotMatch(stdout, /verification failed/)
    await lab.storage.removeLun(lun)
    assert.notEqual((await beta.run(info)).code, 0)
    assert.equal(existsSync(lun.backingFile), false)
  })

  test('cutLink() cuts and healLink() heals, and the pinger counts what was lost', async () => {
    const { alpha } = lab.hosts
    await using pinger = lab.observer.ping(alpha.address, { intervalMs: 10 })
    await pinger.answered(soon())
    await alpha.cutLink()
    const unreachable = await lab.hosts.beta.run(['ping', '-c', '1', '-W', '1', alpha.address])
    assert.notEqual(unreachable.code, 0)
    await alpha.healLink()
    await pinger.answered(soon())
    const report = await pinger.stop()
    assert.ok(report.lost > 0, JSON.stringify(report))
    assert.ok(report.longestGapMs > 100, JSON.stringify(report))
  })

  test('an undisturbed pinger loses nothing', async () => {
    await using pinger = lab.observer.ping(lab.hosts.beta.address, { intervalMs: 10 })
    for (let answers = 0; answers < 5; answers += 1) await pinger.answered(soon())
    assert.equal((await pinger.stop()).lost, 0)
  })

  test('shapeLink() slows the link down and lets go of it again', async () => {
    const { alpha, beta } = lab.hosts
    const megabyte = ['sh', '-c', `head -c 1000000 /dev/zero | ssh -F "$KZ_SSH_CONFIG" beta 'wc -c'`]
    const elapsedMs = async () => {
      const startMs = performance.now()
      assert.equal((await alpha.run(megabyte)).stdout.trim(), '1000000')
      return performance.now() - startMs
    }
    await beta.shapeLink({ rateMbitPerSecond: 4 })
    // 8 Mbit at 4 Mbit/s, of which the bucket lets 2 Mbit through at once.
    assert.ok((await elapsedMs()) > 1_000)
    await beta.shapeLink({})
    const { stdout } = await beta.run(['tc', 'qdisc', 'show', 'dev', 'uplink'])
    assert.doesNotMatch(stdout, /tbf/)
  })

  test('processes() lists what runs on one host, daemons included', async () => {
    const { alpha, beta } = lab.hosts
    const { stdout } = await alpha.run(['sh', '-c', 'setsid sleep 1000 >/dev/null 2>&1 </dev/null & echo $!'])
    const pid = Number(stdout)
    assert.ok(alpha.processes().includes(pid))
    assert.ok(!beta.processes().includes(pid))
  })
})
