import { linkName } from './network-kinds.ts'
import { resourceType } from './resource-type.ts'
import { integer, matching, wordOr } from './value-kind.ts'
import { nicProperty } from './virtual-nic.ts'

const port = resourceType(
  'port',
  'A port of the adapter',
  [
    nicProperty('id', 'Number of the port', integer(0, 255), { shown: 'if-set' }),
    nicProperty(
      'pkey',
      'Partition key',
      wordOr(['auto'], matching('partition key', 'a partition key such as 0xffff', /^0x[0-9a-f]{1,4}$/i)),
    ),
  ],
  { keys: ['id'], numbered: 'id' },
)

/** `ib-vhca`: a virtual InfiniBand adapter. */
export const ibVhca = resourceType(
  'ib-vhca',
  'A virtual InfiniBand adapter',
  [
    nicProperty('lower-link', 'Adapter of the host', wordOr(['auto'], linkName), { default: 'auto' }),
    nicProperty('id', 'Number of the adapter', integer(0, 255)),
  ],
  { keys: ['id'], numbered: 'id', children: [port] },
)
