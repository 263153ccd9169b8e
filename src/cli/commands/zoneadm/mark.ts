import { Exit } from '../../../errors.ts'
import { zoneCommand } from '../../command.ts'
import { unknownName } from '../../usage-error.ts'

const states = ['incomplete', 'unavailable'] as const

export const mark = zoneCommand({
  name: 'mark',
  summary: 'Put an installed zone into the state incomplete or unavailable',
  synopsis: 'incomplete | unavailable',
  operands: ['state'],
  options: {},

  async run({ zone, signal, agent }, [word = '']) {
    const state = states.find((candidate) => candidate === word)
    if (state === undefined) throw unknownName('state', word, states)
    await (await agent()).call('zone/mark', { zone, state }, { signal })
    return Exit.ok
  },
})
