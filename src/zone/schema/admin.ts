import { property } from './property.ts'
import { resourceType } from './resource-type.ts'
import { choice, listOf, matching } from './value-kind.ts'

/** `admin`: rights of a user over this zone. */
export const admin = resourceType(
  'admin',
  'Rights of a user over this zone',
  [
    property('user', 'Name of the user', matching('user', 'the name of a user', /^[A-Za-z_][\w.-]{0,31}$/), {
      required: true,
    }),
    property(
      'auths',
      'What the user may do',
      listOf(choice('login', 'manage', 'clone', 'config', 'liveconfig', 'migrate', 'migrate.cold')),
      { required: true },
    ),
  ],
  { keys: ['user'] },
)
