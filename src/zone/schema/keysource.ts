import { property } from './property.ts'
import { resourceType } from './resource-type.ts'
import { matching, text } from './value-kind.ts'

const uri = matching('uri', 'a URI, such as file:///etc/zones/keys/web1', /^[a-z][a-z0-9+.-]*:\S{1,1023}$/)
const key = matching('key', 'a key in hexadecimal or base64', /^[A-Za-z0-9+/=:_-]{1,1024}$/)

/** `keysource`: the key of the suspend image and of the host data. `passphrase` and `uri` are kzone's own. */
export const keysource = resourceType(
  'keysource',
  'Key of the suspend image and of the host data',
  [
    property(
      'raw',
      'The key itself: 32 bytes in hexadecimal or base64, or anything from which a key is made; export -k prints it',
      key,
      { secret: true, effect: 'acted-on' },
    ),
    property(
      'passphrase',
      'Words from which the key is made, at some cost; export -k prints them',
      text('words'),
      {
        secret: true,
        shown: 'if-set',
        effect: 'acted-on',
      },
    ),
    property(
      'uri',
      'Where each host gets the key: file:///PATH, a file of mode 0600; of any other scheme the program of that name in /etc/zones/key-programs is asked',
      uri,
      { shown: 'if-set', effect: 'acted-on' },
    ),
  ],
  { count: 'one' },
)
