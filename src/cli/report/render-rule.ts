import type { Rule } from '../../compat/rule.ts'
import { wrap } from './wrap.ts'

/** The manual's text of a rule, in 80 columns. */
export function renderRule({ id, title, doc, remedy, kinds, severity, needs }: Rule): string[] {
  const effect = severity === 'error' ? 'refuses the migration' : 'is a warning'
  return [
    id,
    ...wrap(`${title}.`, 2),
    '',
    ...wrap(doc, 2),
    '',
    ...wrap(`What to do: ${remedy}`, 2, 14),
    ...wrap(`Applies to: ${kinds.join(', ')}`, 2, 14),
    ...wrap(`If broken:  it ${effect}`, 2, 14),
    ...wrap(`Facts read: ${needs.length === 0 ? 'none that could be unknown' : needs.join(', ')}`, 2, 14),
  ]
}

/** One line for each rule. */
export function renderRuleList(rules: readonly Rule[]): string[] {
  const sorted = rules.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const width = Math.max(...sorted.map(({ id }) => id.length))
  return sorted.flatMap(({ id, title, severity }) =>
    wrap(`${id.padEnd(width)}  ${severity === 'error' ? '' : '(warning) '}${title}`, 0, width + 2),
  )
}
