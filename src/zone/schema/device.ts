import { property } from './property.ts'
import { resourceType } from './resource-type.ts'
import { mebibyteBytes, size } from './size.ts'
import { storageUri } from './storage-kind.ts'
import { integer, matching, trueOrFalse } from './value-kind.ts'

const devicePath = matching('device path', 'the path of a device, such as /dev/sdb', /^\/dev\/[^\p{Cc}]+$/u)

/** `device`: a disk. */
export const device = resourceType(
  'device',
  'A disk',
  [
    property(
      'match',
      'Path of a local device; a zone with one cannot be migrated, storage is the usual choice',
      devicePath,
      {
        tokens: ['zonename', 'id', 'global-rootzpool'],
        match: true,
      },
    ),
    property('storage', 'Storage URI of a whole disk', storageUri, {
      tokens: ['zonename', 'id', 'global-rootzpool'],
      match: true,
      effect: 'acted-on',
    }),
    property('id', 'Number of the disk: its place in the machine', integer(0, 13), {
      match: true,
      effect: 'acted-on',
    }),
    property('bootpri', 'Place in the boot order; only for boot disks', integer(0, 2 ** 31 - 1), {
      match: true,
      effect: 'acted-on',
    }),
    property(
      'create-size',
      'Size of the storage object if it has to be created',
      size((bytes) =>
        bytes < mebibyteBytes ? 'create-size value is too small. It must be at least 1M.' : undefined,
      ),
      { shown: 'if-set', effect: 'acted-on' },
    ),
    property('allow-partition', 'Let the guest change partitions', trueOrFalse, {
      default: 'false',
      shown: 'if-set',
    }),
    property('allow-raw-io', 'Let the guest send raw commands', trueOrFalse, {
      default: 'false',
      shown: 'if-set',
    }),
    property('allow-mhd', 'Multi-host disk control; rules out a live migration', trueOrFalse, {
      default: 'false',
      shown: 'if-set',
      effect: 'acted-on',
    }),
  ],
  { keys: ['id'], numbered: 'id' },
)
