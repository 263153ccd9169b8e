import { Exit } from '../../errors.ts'
import { command } from '../command.ts'
import { printJson, printLine } from '../io.ts'
import { usageError } from '../usage-error.ts'
import { readProperties } from './properties.ts'

const known = ['hostname', 'port', 'target', 'lun', 'luname.naa', 'luname.eui'] as const
const types = ['lu', 'iscsi'] as const

export const lookupUri = command({
  name: 'lookup-uri',
  summary: 'List the storage URIs of a path of this host, or of the storage that this host can see',
  synopsis: '[-t type,...] [-p property=value]... [--json] [mapped-dev]',
  operands: ['device?'],
  options: {
    type: { type: 'string', short: 't', value: 'type,...', help: 'only of these types: lu, iscsi' },
    property: {
      type: 'string',
      short: 'p',
      multiple: true,
      value: 'property=value',
      help: `only with this value of ${known.join(', ')}`,
    },
    json: { type: 'boolean', help: 'one JSON document: an array' },
  },
  details: [
    'iscsi storage is looked for on the portal of hostname and port, and without hostname on those that the',
    'initiator of this host was told (iscsiadm -m discovery).',
  ],

  async run({ io, agent, signal }, [device], { type, property = [], json }) {
    if (device !== undefined && (type !== undefined || property.length > 0)) {
      throw usageError('-t and -p are for a search; a path is looked up by itself')
    }
    const zonesd = await agent()
    const { uris } =
      device === undefined
        ? await zonesd.call('storage/find', filterOf(type, property), { signal })
        : await zonesd.call('storage/name', { device }, { signal })
    if (json === true) printJson(io.stdout, uris)
    else for (const uri of uris) printLine(io.stdout, uri)
    return uris.length === 0 ? Exit.failed : Exit.ok
  },
})

function filterOf(type: string | undefined, property: readonly string[]) {
  const given = readProperties(property, known)
  const [port, lun] = [numberOf('port'), numberOf('lun')]
  const [host, target] = [given.get('hostname'), given.get('target')]
  const luname = (['naa', 'eui'] as const).flatMap((format) => {
    const hex = given.get(`luname.${format}`)
    return hex === undefined ? [] : [`${format}.${hex.toLowerCase()}`]
  })[0]
  const wanted = type?.split(',') ?? types
  for (const each of wanted) {
    if (!types.some((one) => one === each)) throw usageError(`type "${each}" is none of ${types.join(', ')}`)
  }
  return {
    types: types.filter((one) => wanted.includes(one)),
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(target === undefined ? {} : { target }),
    ...(lun === undefined ? {} : { lun }),
    ...(luname === undefined ? {} : { luname }),
  }

  function numberOf(name: 'port' | 'lun'): number | undefined {
    const text = given.get(name)
    if (text === undefined) return undefined
    if (!/^\d{1,5}$/.test(text)) throw usageError(`${name} is a number, not "${text}"`)
    return Number(text)
  }
}
