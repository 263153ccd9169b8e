import { property } from './property.ts'
import { resourceType } from './resource-type.ts'
import { matching } from './value-kind.ts'

const key = matching('key', 'a key in hexadecimal or base64', /^[A-Za-z0-9+/=:_-]{1,1024}$/)

/** `keysource`: the key of the suspend image. */
export const keysource = resourceType(
  'keysource',
  'Key of the suspend image',
  [
    property(
      'raw',
      'The key itself: 32 bytes in hexadecimal or base64, or anything from which a key is made; export -k prints it',
      key,
      { required: true, secret: true },
    ),
  ],
  { count: 'one' },
)
