import { Exit } from '../../errors.ts'
import { parseSize } from '../../zone/schema/size.ts'
import { command } from '../command.ts'
import { confirm } from '../confirm.ts'
import { usageError } from '../usage-error.ts'
import { readProperties } from './properties.ts'

export const create = command({
  name: 'create',
  summary: 'Make a storage object where its type can: file, nfs',
  synopsis: '-p create-size=size storage-uri',
  operands: ['uri'],
  options: {
    property: {
      type: 'string',
      short: 'p',
      multiple: true,
      value: 'create-size=size',
      help: 'its size, such as 16G',
    },
  },

  async run({ agent, signal }, [uri = ''], { property = [] }) {
    const text = readProperties(property, ['create-size']).get('create-size')
    if (text === undefined) throw usageError('the size is missing: -p create-size=16G')
    const sizeBytes = parseSize(text)
    if (sizeBytes === undefined || sizeBytes === 0)
      throw usageError(`"${text}" is no size such as 512M or 16G`)
    await (await agent()).call('storage/create', { uri, sizeBytes }, { signal })
    return Exit.ok
  },
})

export const remove = command({
  name: 'delete',
  summary: 'Delete a storage object, with all that is on it, where its type can: file, nfs',
  synopsis: '[-F] storage-uri',
  operands: ['uri'],
  options: { force: { type: 'boolean', short: 'F', help: 'do not ask' } },

  async run({ program, io, agent, signal }, [uri = ''], { force = false }) {
    const question = `Are you sure you want to delete ${uri}`
    if (!force) await confirm(io, { verb: 'delete', question, force: `${program} delete -F ${uri}` }, signal)
    await (await agent()).call('storage/delete', { uri }, { signal })
    return Exit.ok
  },
})
