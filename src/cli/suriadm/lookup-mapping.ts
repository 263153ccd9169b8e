import { Exit } from '../../errors.ts'
import { command } from '../command.ts'
import { showOptions, showProperties } from './properties.ts'

export const lookupMapping = command({
  name: 'lookup-mapping',
  summary: "Open the storage as a zone's hypervisor does, and show what this host finds",
  synopsis: '[-H] [-o property,...] [--json] storage-uri',
  operands: ['uri'],
  options: showOptions,
  details: [
    'mapped-dev is the path of it on this host, "-" if it has none; size is in bytes; identity is what',
    'tells it from other storage; used-by is the zone of this host that has it.',
  ],

  async run({ io, agent, signal }, [uri = ''], options) {
    const found = await (await agent()).call('storage/look', { uri }, { signal })
    const properties = {
      'mapped-dev': found.device ?? '-',
      size: `${found.sizeBytes}`,
      identity: found.identity ?? '-',
      'used-by': found.usedBy ?? '-',
    }
    showProperties(io.stdout, properties, options)
    return Exit.ok
  },
})
