import type { Finding, Remedy, Report } from '../../compat/schema.ts'
import { type RuleBlock, ruleBlocks, type UnknownBlock, unknownBlocks } from './blocks.ts'
import { type Paint, paint } from './paint.ts'
import { renderForecast } from './render-forecast.ts'
import { wrap } from './wrap.ts'

/**
 * The report as people read it, in 80 columns and ending with a newline: refusals first, then what is not known, then
 * warnings, then the forecast if there is one, then how many checks passed. Commands follow the name of the host to type them on and are never wrapped.
 */
export function renderReport(report: Report, { colour = false }: { readonly colour?: boolean } = {}): string {
  const style = paint(colour)
  const { findings, passed, forecast } = report
  const accepted = new Set(report.notJudged)
  const unknown = unknownBlocks(withVerdict(findings, 'unknown'))
  const sections = [
    ...ruleBlocks(withVerdict(findings, 'refuse')).map((block) =>
      renderRule(style('red', 'REFUSED'), block, style),
    ),
    ...unknown
      .toSorted((a, b) => Number(isAccepted(a)) - Number(isAccepted(b)))
      .map((block) => renderUnknown(isAccepted(block) ? 'NOT JUDGED' : 'UNKNOWN', block, style)),
    ...ruleBlocks(withVerdict(findings, 'warn')).map((block) =>
      renderRule(style('yellow', 'WARNING'), block, style),
    ),
  ]
  const count = `${passed.length} ${passed.length === 1 ? 'check' : 'checks'} passed`
  const { notTried = [] } = report
  const untried = notTried.length === 0 ? [] : wrap(`Not tried: ${notTried.join(', ')}`, 0, 11)
  const more = findings.length === 0 ? [] : [style('dim', explanation)]
  const foretold = forecast === undefined ? [] : [wrap(renderForecast(forecast), 0)]
  const all = [
    headline(report, style),
    ...sections,
    ...foretold,
    [style('green', count), ...untried, ...more],
  ]
  return `${all.map((lines) => lines.join('\n')).join('\n\n')}\n`

  function isAccepted({ properties }: UnknownBlock): boolean {
    return properties.every((property) => accepted.has(property))
  }
}

const explanation = 'About a rule: zoneadm check --explain RULE, or kzone-compatibility(7)'

/** The report as programs read it: one JSON document that the report's schema describes. */
export function reportToJson(report: Report): string {
  return `${JSON.stringify(report, undefined, 2)}\n`
}

function headline(report: Report, style: Paint): string[] {
  const { zone, kind, source, target, verdict, findings, notJudged = [] } = report
  const accepted = (property: string) => notJudged.includes(property)
  const unknown = unknownBlocks(withVerdict(findings, 'unknown'))
  const unjudged = unknown.filter(({ properties }) => properties.every(accepted)).length
  const counts = [
    plural(ruleBlocks(withVerdict(findings, 'refuse')).length, 'reason'),
    plural(unknown.length - unjudged, 'thing not known', 'things not known'),
    plural(unjudged, 'thing not judged', 'things not judged'),
    plural(ruleBlocks(withVerdict(findings, 'warn')).length, 'warning'),
  ].flat()
  const outcome = verdict === 'refuse' ? 'is refused' : 'can go ahead'
  const text = `${zone.name}: ${kind} migration from ${source} to ${target} ${outcome}`
  const lines = wrap(counts.length === 0 ? text : `${text}: ${counts.join(', ')}`, 0)
  return lines.map((line) => style('bold', line))
}

function plural(count: number, one: string, many = `${one}s`): string[] {
  return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`]
}

function renderRule(label: string, { rule, values, whys, remedies }: RuleBlock, style: Paint): string[] {
  return [
    `${label} ${style('dim', rule)}`,
    ...values.flatMap(({ property, source, target }) => [
      ...wrap(property, 2, 4).map((line) => style('bold', line)),
      ...wrap(`source: ${source}`, 4, 12),
      ...wrap(`target: ${target}`, 4, 12),
    ]),
    ...whys.flatMap((why) => wrap(`${why}.`, 2)),
    ...remedies.flatMap((remedy) => renderRemedy(remedy, style)),
  ]
}

function renderUnknown(label: string, block: UnknownBlock, style: Paint): string[] {
  const { properties, host, reason, rules, remedies } = block
  return [
    `${style('magenta', label)} ${style('dim', properties.join(', '))}`,
    ...wrap(`${host}: ${reason}`, 2).map((line) => style('bold', line)),
    ...wrap(`Not decided without it: ${rules.join(', ')}.`, 2),
    ...remedies.flatMap((remedy) => renderRemedy(remedy, style)),
  ]
}

function renderRemedy({ how, commands }: Remedy, style: Paint): string[] {
  const lines = wrap(`- ${how}${commands.length === 0 ? '.' : ':'}`, 2, 4)
  return [...lines, ...commands.map(({ host, command }) => `    ${style('dim', `${host}#`)} ${command}`)]
}

function withVerdict<V extends Finding['verdict']>(findings: readonly Finding[], verdict: V) {
  return findings.filter(
    (finding): finding is Extract<Finding, { verdict: V }> => finding.verdict === verdict,
  )
}
