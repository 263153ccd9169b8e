import type { Report } from '../../compat/schema.ts'
import { formatSize, formatTime } from '../format-quantity.ts'

/** What the migration is expected to take, as a sentence. */
export function renderForecast(forecast: NonNullable<Report['forecast']>): string {
  if ('unknown' in forecast) return `Forecast: not known: ${forecast.unknown}.`
  const { transferMs, pauseMs, bytesPerSecond, dirtyBytesPerSecond, slowedPercent } = forecast.known
  const rates = `${formatSize(bytesPerSecond)}/s can be sent, the guest changes ${formatSize(dirtyBytesPerSecond)}/s`
  if (transferMs === null) {
    return `Forecast: it will not converge: ${rates}; stopped for the rest, the guest would pause about ${formatTime(pauseMs)}.`
  }
  const slowed = slowedPercent === undefined ? '' : `, the guest slowed down by up to ${slowedPercent} %`
  return `Forecast: memory sent in about ${formatTime(transferMs)}, pause about ${formatTime(pauseMs)}${slowed} (${rates}).`
}
