import { property } from './property.ts'
import { resourceType } from './resource-type.ts'
import { matching } from './value-kind.ts'

const key = matching('key', 'a key in hexadecimal or base64', /^[A-Za-z0-9+/=:_-]{1,1024}$/)

/** `keysource`: the key of host data and suspend image. */
export const keysource = resourceType(
  'keysource',
  'Key of the host data and of the suspend image',
  [property('raw', 'The key itself; export prints it', key, { required: true, secret: true })],
  { count: 'one' },
)
