import { property } from './property.ts'
import { resourceType } from './resource-type.ts'
import { integer } from './value-kind.ts'

/** `virtual-cpu`: the guest's processors. */
export const virtualCpu = resourceType(
  'virtual-cpu',
  'Processors of the guest; one, if there is no such resource',
  [
    property('ncpus', 'Number of virtual CPUs', integer(1, 288), {
      default: '1',
      required: true,
      match: true,
      effect: 'acted-on',
    }),
  ],
  { count: 'one' },
)
