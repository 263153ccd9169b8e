import { property } from './property.ts'
import { resourceType } from './resource-type.ts'
import { storageUri } from './storage-kind.ts'
import { matching } from './value-kind.ts'

/** `suspend`: where the image of a suspended zone is kept. */
export const suspend = resourceType(
  'suspend',
  'Where the image of the suspended zone is kept: path or storage',
  [
    property('path', 'Path of a file on this host', matching('path', 'an absolute path', /^\/[^\p{Cc}]*$/u), {
      tokens: ['zonename'],
      effect: 'acted-on',
    }),
    property('storage', 'Storage URI; a warm migration needs shared storage', storageUri, {
      tokens: ['zonename', 'global-rootzpool'],
      effect: 'acted-on',
    }),
  ],
  { count: 'one' },
)
