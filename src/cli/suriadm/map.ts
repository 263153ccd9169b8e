import { Exit } from '../../errors.ts'
import { command } from '../command.ts'
import { showOptions, showProperties } from './properties.ts'

export const map = command({
  name: 'map',
  summary: 'Give the storage a path on this host, and show it',
  synopsis: '[-w] [-H] [-o property,...] [--json] storage-uri',
  operands: ['uri'],
  options: {
    writable: { type: 'boolean', short: 'w', help: 'for writing too; refused while a zone has the storage' },
    ...showOptions,
  },
  details: [
    'Devices, logical units and files have a path of their own. All else is served on a unix socket by',
    'qemu-nbd until it is unmapped: nbd-client, qemu-img and qemu-io open it by nbd-uri. Nothing is made.',
  ],

  async run({ io, agent, signal }, [uri = ''], { writable = false, ...options }) {
    const { device } = await (await agent()).call('storage/map', { uri, writable }, { signal })
    const socket = device.endsWith('.sock') ? { 'nbd-uri': `nbd+unix:///?socket=${device}` } : {}
    showProperties(io.stdout, { 'mapped-dev': device, ...socket }, options)
    return Exit.ok
  },
})

export const unmap = command({
  name: 'unmap',
  summary: 'Take the path back that map made',
  synopsis: 'storage-uri',
  operands: ['uri'],
  options: {},

  async run({ agent, signal }, [uri = '']) {
    await (await agent()).call('storage/unmap', { uri }, { signal })
    return Exit.ok
  },
})
