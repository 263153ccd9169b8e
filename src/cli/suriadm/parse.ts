import { Exit } from '../../errors.ts'
import { parseSuri } from '../../zone/suri/parse-suri.ts'
import { command } from '../command.ts'
import { propertiesOf, showOptions, showProperties } from './properties.ts'

export const parse = command({
  name: 'parse',
  summary: 'Show the parts of a storage URI; nothing is opened',
  synopsis: '[-H] [-o property,...] [--json] storage-uri',
  operands: ['uri'],
  options: showOptions,

  async run({ io }, [uri = ''], options) {
    showProperties(io.stdout, propertiesOf(parseSuri(uri)), options)
    return Exit.ok
  },
})
