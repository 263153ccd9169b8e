import { property } from './property.ts'
import { resourceType } from './resource-type.ts'
import { choice, listOf, matching, text } from './value-kind.ts'

/** `smf-dependency`: services that must run before the zone boots. */
export const smfDependency = resourceType(
  'smf-dependency',
  'Services of the host that must run before the zone boots',
  [
    property('name', 'Name of the dependency', text('a name')),
    property(
      'fmri',
      'The services',
      listOf(matching('service', 'the name of a service', /^[\w./:@-]{1,255}$/)),
      {
        required: true,
      },
    ),
    property(
      'grouping',
      'How many of them',
      choice('require_all', 'require_any', 'optional_all', 'exclude_all'),
      { default: 'require_all', shown: 'if-set' },
    ),
  ],
  { keys: ['fmri'] },
)
