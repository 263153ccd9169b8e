import { rules } from '../../compat/rules/index.ts'
import { Exit, type ExitCode, ZoneError } from '../../errors.ts'
import { nearest } from '../../zone/nearest.ts'
import { type CliIo, printLine } from '../io.ts'
import { renderRule, renderRuleList } from '../report/render-rule.ts'

/**
 * Shows what the manual says of a rule, of a group of rules, or with `list` the names of all.
 *
 * @throws ZoneError UNKNOWN_RULE with the nearest name
 */
export function explain(io: CliIo, name: string): ExitCode {
  const found = rules.filter(({ id }) => id === name || id.startsWith(`${name}/`))
  if (name !== 'list' && found.length === 0) throw unknownRule(name)
  const lines =
    name === 'list'
      ? renderRuleList(rules)
      : found.flatMap((rule, index) => [...(index === 0 ? [] : ['']), ...renderRule(rule)])
  for (const line of lines) printLine(io.stdout, line)
  return Exit.ok
}

function unknownRule(name: string): ZoneError {
  const ids = rules.map(({ id }) => id)
  const meant = nearest(name, ids) ?? ids.find((id) => id.endsWith(`/${name}`))
  return new ZoneError(
    `There is no rule "${name}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`,
    {
      code: 'UNKNOWN_RULE',
      remedy: '--explain list names all rules; they are in kzone-compatibility(7)',
      exit: Exit.usage,
    },
  )
}
