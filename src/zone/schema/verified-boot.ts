import { property } from './property.ts'
import { resourceType } from './resource-type.ts'
import { choice, listOf, matching } from './value-kind.ts'

/** `verified-boot`: checks of signatures while the guest boots. */
export const verifiedBoot = resourceType(
  'verified-boot',
  'Verification of signatures while the guest boots',
  [
    property('policy', 'What to do with a module that fails', choice('none', 'warning', 'enforce'), {
      default: 'warning',
    }),
    property(
      'cert',
      'URIs of X.509 certificates',
      listOf(matching('URI', 'a path or URI', /^[^\p{Cc}\s,]+$/u)),
    ),
  ],
  { count: 'one' },
)
