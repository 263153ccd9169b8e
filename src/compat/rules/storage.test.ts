import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changedInput } from '../../../test/compat/changed-input.ts'
import { testRule } from '../../../test/compat/rule-tester.ts'
import { luns } from '../../../test/compat/sample-input.ts'
import { storageCdDrive } from './storage-cd-drive.ts'
import { storageLocal } from './storage-local.ts'
import { storageMedia } from './storage-media.ts'
import { storageMultihost } from './storage-multihost.ts'
import { storageReachable } from './storage-reachable.ts'
import { storageSame } from './storage-same.ts'
import { storageSuspendImage } from './storage-suspend-image.ts'
import { storageSuspendSize } from './storage-suspend-size.ts'

const image = luns[0]?.replace('lun.1', 'lun.3')

const localDisks = `
  select device id=0; set storage=dev:/dev/vg0/web1; end
  select device id=1; clear storage; set match=/dev/sdc; end
  add device; set storage=file:///srv/web1.img; set id=2; end`

testRule(storageLocal, {
  passes: {
    'storage that both hosts reach': {
      config: 'select device id=0; set storage=nfs://0:0@filer/export/web1; end',
    },
  },
  refuses: {
    'each local disk, whatever names it': {
      change: { config: localDisks },
      finds: [
        'device[id=0]:storage: dev:/dev/vg0/web1 (boot disk) | not on beta',
        'device[id=1]:match: /dev/sdc (data disk) | not on beta',
        'device[id=2]:storage: file:///srv/web1.img (data disk) | not on beta',
      ],
    },
  },
})

test('storage/local moves a disk while the guest goes on, copies what no URI names, and removes only what is not needed to boot', () => {
  const [boot, data] = storageLocal.judge(changedInput({ config: localDisks, targetConfig: null }))
  assert.deepEqual(
    boot?.remedies.map(({ commands }) => commands.map(({ command }) => command)),
    [['zoneadm -z web1 move -p iscsi://HOST/target.IQN,lun.LUN -x id=0']],
  )
  assert.deepEqual(
    data?.remedies[1]?.commands.map(({ command }) => command),
    [
      'zoneadm -z web1 shutdown',
      'qemu-img convert -n -p -f raw -O raw /dev/sdc iscsi://HOST/IQN/LUN',
      "zonecfg -z web1 'select device id=1; clear match; set storage=iscsi://HOST/target.IQN,lun.LUN; end'",
      'zoneadm -z web1 boot',
    ],
  )
  assert.deepEqual(
    data?.remedies[0]?.commands.map(({ host, command }) => `${host}# ${command}`),
    ["alpha# zonecfg -z web1 'remove device id=1'", 'alpha# zoneadm -z web1 shutdown -r'],
  )
})

testRule(storageReachable, {
  passes: {
    'disks that the target has opened': {},
    'a local disk: another rule refuses it': {
      config: 'select device id=1; set storage=dev:/dev/sdc; end',
    },
  },
  refuses: {
    'what the target said': {
      change: { 'target.storage.known.0': { uri: luns[0], error: 'connection refused' } },
      finds: [`device[id=0]:storage: ${luns[0]} | connection refused`],
    },
    'a scheme that this release cannot open': {
      change: {
        config: 'select device id=0; set storage=nfs://filer/export/web1; end',
        'target.storage.known.0': { uri: 'nfs://filer/export/web1', error: 'not in this release' },
      },
      finds: ['device[id=0]:storage: nfs://filer/export/web1 | not in this release'],
    },
  },
  unknown: {
    'if a disk was not tried': { change: { 'target.storage.known': [] }, reason: /nobody has tried/ },
  },
})

test('storage/reachable names the disk as QEMU does', () => {
  const refused = { 'target.storage.known.0': { uri: luns[0], error: 'connection refused' } }
  const [finding] = storageReachable.judge(changedInput(refused))
  assert.deepEqual(finding?.remedies[0]?.commands, [
    {
      host: 'beta',
      command: 'suriadm lookup-mapping iscsi://10.0.0.9/target.iqn.2026-01.example:web1,lun.1',
    },
  ])
})

testRule(storageSame, {
  passes: {
    'disks without an identity but of one size': {
      'source.storage.known.0.opened': { sizeBytes: 16 * 2 ** 30 },
      'target.storage.known.0.opened': { sizeBytes: 16 * 2 ** 30 },
    },
    'a disk that the target cannot open: another rule refuses it': {
      'target.storage.known.0': { uri: luns[0], error: 'connection refused' },
    },
  },
  refuses: {
    'another size': {
      change: { 'target.storage.known.0.opened.sizeBytes': 32 * 2 ** 30 },
      finds: [`device[id=0]:storage: ${luns[0]}: size 16G | ${luns[0]}: size 32G`],
    },
    'another storage of the image of a suspended guest': {
      change: { 'intent.kind': 'warm', 'target.storage.known.2.opened.identity': 'naa.5000' },
      finds: [`suspend:storage: ${image}: identity naa.600144f0db2 | ${image}: identity naa.5000`],
    },
    'another identity': {
      change: { 'target.storage.known.1.opened.identity': 'naa.5000' },
      finds: [`device[id=1]:storage: ${luns[1]}: identity naa.600144f0db1 | ${luns[1]}: identity naa.5000`],
    },
  },
  unknown: {
    'if only one host learns the identity': {
      change: { 'target.storage.known.0.opened': { sizeBytes: 16 * 2 ** 30 } },
      reason: /lun\.1: beta does not learn its identity/,
    },
    'if the source cannot open its own disk': {
      change: { 'source.storage.known.0': { uri: luns[0], error: 'input/output error' } },
      reason: /input\/output error/,
    },
  },
})

testRule(storageMultihost, {
  passes: { 'disks without it': {} },
  refuses: {
    'each disk that allows it': {
      change: { config: 'select device id=1; set allow-mhd=true; end' },
      finds: ['device[id=1]:allow-mhd: true | must be false for a live migration'],
    },
  },
})

testRule(storageSuspendImage, {
  passes: { 'shared storage': {} },
  refuses: {
    'a path': {
      change: { config: 'select suspend; clear storage; set path=/system/zones/web1/suspend; end' },
      finds: ['suspend:path: /system/zones/web1/suspend | not on beta'],
    },
    'none at all': {
      change: { config: 'remove suspend' },
      finds: ['suspend:storage: not set | not on beta'],
    },
  },
})

testRule(storageCdDrive, {
  passes: { 'a machine that booted from its disk': {} },
  refuses: {
    'one that booted from a medium, also after its guest has started from the disk': {
      change: {
        'boot.known.devices.0': { kind: 'ide-cd', id: 'medium', pciAddress: '1f.2' },
      },
      finds: ['CD drive: the machine was booted from a medium | not on beta'],
    },
  },
})

testRule(storageMedia, {
  passes: {
    'an image that both hosts reach': {
      config: 'add device; set storage=nfs://0:0@filer/export/setup.iso; set id=2; end',
    },
    'a local disk: another rule refuses it': {
      config: 'add device; set storage=file:///srv/web1.img; set id=2; end',
    },
  },
  refuses: {
    'an image and a drive of the source': {
      change: {
        config: `add device; set storage=file:///srv/Setup.ISO; set id=2; end
          add device; set storage=dev:/dev/sr0; set id=3; set bootpri=1; end`,
      },
      finds: [
        'device[id=2]:storage: file:///srv/Setup.ISO (medium) | not on beta',
        'device[id=3]:storage: dev:/dev/sr0 (medium, boot disk) | not on beta',
      ],
    },
    'drives that are given by match': {
      change: {
        config: `add device; set match=/dev/sr0; set id=2; end
          add device; set match=/dev/cdrom; set id=3; end`,
      },
      finds: [
        'device[id=2]:match: /dev/sr0 (medium) | not on beta',
        'device[id=3]:match: /dev/cdrom (medium) | not on beta',
      ],
    },
  },
})

test('storage/media takes a medium out that is given by match, or carries it over', () => {
  const change = { config: 'add device; set match=/dev/sr0; set id=2; end', targetConfig: null }
  assert.deepEqual(storageLocal.judge(changedInput(change)), [])
  const [finding] = storageMedia.judge(changedInput(change))
  assert.deepEqual(
    finding?.remedies.map(({ commands }) => commands.map(({ command }) => command)),
    [
      ["zonecfg -z web1 'remove device id=2'", 'zoneadm -z web1 shutdown -r'],
      [
        'zoneadm -z web1 shutdown',
        'qemu-img convert -n -p -f raw -O raw /dev/sr0 iscsi://HOST/IQN/LUN',
        "zonecfg -z web1 'select device id=2; clear match; set storage=iscsi://HOST/target.IQN,lun.LUN; end'",
        'zoneadm -z web1 boot',
      ],
    ],
  )
})

test('storage/media carries a medium over with the command that moves disks', () => {
  const config = 'add device; set storage=file:///srv/setup.iso; set id=2; end'
  const [medium] = storageMedia.judge(changedInput({ config, targetConfig: null }))
  const move = 'zoneadm -z web1 move -p iscsi://HOST/target.IQN,lun.LUN -x id=2'
  assert.equal(medium?.remedies[1]?.commands[1]?.command, move)
})

testRule(storageSuspendSize, {
  passes: {
    'storage as large as the memory': {
      'target.storage.known.2': { uri: image, opened: { sizeBytes: 4 * 2 ** 30 } },
    },
    'an image on the source: another rule refuses it': {
      config: 'select suspend; clear storage; set path=/var/web1.img; end',
    },
  },
  refuses: {
    'storage that is too small': {
      change: { 'target.storage.known.2': { uri: image, opened: { sizeBytes: 2 ** 30 } } },
      finds: [`suspend:storage: 4G of memory | 1G (${image})`],
    },
    'storage that cannot be opened': {
      change: { 'target.storage.known.2': { uri: image, error: 'Permission denied' } },
      finds: [`suspend:storage: ${image} | Permission denied`],
    },
  },
  unknown: {
    'if nobody tried to open it': {
      change: { 'target.storage.known': [] },
      reason: /nobody has tried to open/,
    },
  },
})
