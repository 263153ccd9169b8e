import { ZoneError } from '../../errors.ts'
import { property } from './property.ts'
import { resourceType } from './resource-type.ts'
import { choice, matching, text, type ValueKind } from './value-kind.ts'

const plainName = matching(
  'attribute name',
  'a name of letters, digits, "-", "_" and ".", the first a letter or digit',
  /^[A-Za-z0-9][\w.-]{0,254}$/,
)

/** Names that start with `zone.` are reserved. */
const attributeName: ValueKind = {
  ...plainName,
  canonical(given) {
    if (given.startsWith('zone.')) {
      throw new ZoneError(`${given}: names that start with "zone." are reserved`, { code: 'INVALID_VALUE' })
    }
    return plainName.canonical(given)
  },
}

/** `attr`: a note of the operator's. */
export const attr = resourceType(
  'attr',
  'A note: a named value for the operator or for other programs',
  [
    property('name', 'Name', attributeName, { required: true }),
    property('type', 'Type of the value', choice('string', 'int', 'uint', 'boolean'), {
      required: true,
    }),
    property('value', 'The value', text(), { required: true }),
  ],
  { keys: ['name'] },
)
