import type { Report } from '../compat/schema.ts'
import { Exit, ZoneError } from '../errors.ts'

/** The error of a migration that the check refused, with the report in `details`. */
export function refused(zone: string, target: string, report: Report): ZoneError {
  const count = report.findings.filter(({ verdict }) => verdict !== 'warn').length
  const reasons = count === 1 ? '1 reason' : `${count} reasons`
  return new ZoneError(`zone '${zone}': migration to ${target} refused for ${reasons}; nothing was changed`, {
    code: 'REFUSED',
    exit: Exit.refused,
    details: report,
  })
}
