import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLoopbackLab } from './loopback-lab.ts'

test('createLoopbackLab() gives hosts that ssh to each other, shared storage, and leaves nothing', async () => {
  const lab = await createLoopbackLab({ hosts: ['alpha', 'beta'] })
  try {
    const { alpha, beta } = lab.hosts
    const ssh = ['ssh', '-F', alpha.env['KZ_SSH_CONFIG'] ?? '']
    for (const target of ['beta', `ssh://${beta.address}`]) {
      const { code, stdout, stderr } = await alpha.run([...ssh, target, 'echo $KZ_ROOT; command -v zonesd'])
      assert.equal(code, 0, stderr)
      assert.equal(stdout, `${beta.root}\n${lab.folder}/beta/bin/zonesd\n`)
    }
    const lun = await lab.storage.createLun({ name: 'disk', sizeBytes: 1024 * 1024 })
    for (const host of [alpha, beta]) {
      const { code, stderr } = await host.run(['qemu-img', 'info', lun.qemuUrl])
      assert.equal(code, 0, stderr)
    }
    const { stdout } = await alpha.run(['sh', '-c', 'setsid sleep 1000 >/dev/null 2>&1 </dev/null & echo $!'])
    assert.ok(alpha.processes().includes(Number(stdout)))
    assert.ok(!beta.processes().includes(Number(stdout)))
  } finally {
    await lab[Symbol.asyncDispose]()
  }
  assert.deepEqual(lab.leaks(), [])
})

test('two loopback labs of one process do not collide', async () => {
  await using one = await createLoopbackLab({ hosts: ['alpha'] })
  await using other = await createLoopbackLab({ hosts: ['alpha'] })
  assert.notEqual(one.hosts.alpha.address, other.hosts.alpha.address)
})
