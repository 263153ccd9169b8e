import { property } from './property.ts'
import { resourceType } from './resource-type.ts'
import { integer, listOf, matching } from './value-kind.ts'

const range = /^\d{1,5}(-\d{1,5})?$/
const ids = (what: string) => listOf(matching('ids', `the id of a ${what} or a range such as 0-3`, range))

/** `dedicated-cpu`: processors of the host that only this zone uses. */
export const dedicatedCpu = resourceType(
  'dedicated-cpu',
  'Processors of the host that only this zone uses',
  [
    property(
      'ncpus',
      'Number, or range such as 4-8',
      matching('range', 'a number or a range such as 4-8', range),
    ),
    property('cpus', 'Processors by id', ids('processor'), { shown: 'if-set' }),
    property('cores', 'Cores by id', ids('core'), { shown: 'if-set' }),
    property('sockets', 'Sockets by id', ids('socket'), { shown: 'if-set' }),
    property('importance', 'Weight among the pools', integer(0, 2 ** 31 - 1), { shown: 'if-set' }),
  ],
  { count: 'one' },
)
