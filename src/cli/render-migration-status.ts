import type { MigrationStatus } from '../agent/api.ts'
import { zoneadm } from '../compat/commands.ts'
import { formatSize, formatTime } from './format-quantity.ts'
import { renderTransfer, type Transfer } from './render-transfer.ts'
import { renderForecast } from './report/render-forecast.ts'

type Foretold = NonNullable<Extract<MigrationStatus, { direction: 'out' }>['forecast']>

const columns = 80

/** `zoneadm migrate --status` for people. */
export function renderMigrationStatus(zone: string, status: MigrationStatus): string[] {
  switch (status.direction) {
    case 'none':
      return [`No migration of zone '${zone}' is under way here.`]
    case 'suspension': {
      const { hasMachine, place } = status
      const what = hasMachine
        ? 'its guest may stand still here, with its memory whole'
        : `what is at "${place}" cannot be used or removed now`
      return [
        `A suspension or resumption of zone '${zone}' has not come to its end: ${what}.`,
        `It is tried again every 30 seconds. To try now, and see what keeps it: ${zoneadm(zone, 'migrate', '--recover')}`,
      ]
    }
    case 'unsettled': {
      const { kind, was, other } = status
      const way = was === 'out' ? `to ${other}` : `from ${other}`
      const where = was === 'out' ? 'here' : `on ${other}`
      return [
        `A ${kind} migration ${way} was interrupted, and is not settled yet.`,
        `To settle it, ${where}: ${zoneadm(zone, 'migrate', '--recover')}`,
      ]
    }
    case 'in': {
      const { kind, source, heardMs, stage, told } = status
      return [
        `A ${kind} migration from ${source}: ${stages[stage]}.`,
        `${source} was last heard ${formatTime(heardMs)} ago.`,
        ...(told === undefined || told.phase === null ? [] : [`phase: ${told.phase}`]),
        ...outlookLines(told?.forecast ?? null, told?.transfer ?? null),
      ]
    }
    case 'filling':
      if (status.isLost === true) {
        return [
          `The guest of zone '${zone}' is lost: the host that it came from has lost a part of its memory.`,
          'As after a power failure:',
          endAndBoot(zone),
        ]
      }
      return [
        `Zone '${zone}' runs here, and a part of its memory is still on the host that it came from.`,
        ...(status.isBroken
          ? [
              'The stream is broken: that host goes on trying. If it is gone for good, so is the guest; then:',
              endAndBoot(zone),
            ]
          : []),
      ]
    case 'out': {
      const { kind, target, elapsedMs, phase, step, warnings, forecast, transfer } = status
      return [
        `A ${kind} migration to ${target}, for ${formatTime(elapsedMs)} now.`,
        `phase: ${phase ?? 'reaching the target'}${step === null ? '' : ` (${step.replace(/\.$/, '')})`}`,
        ...(warnings ? [`The check had ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}.`] : []),
        ...outlookLines(forecast, transfer),
      ]
    }
  }
}

const endAndBoot = (zone: string) => `${zoneadm(zone, 'halt')} && ${zoneadm(zone, 'boot')}`

/** What was expected, until there is something to be seen. */
function outlookLines(forecast: Foretold | null, transfer: Transfer | null): string[] {
  if (transfer !== null) return transferLines(transfer)
  if (forecast === null) return []
  return [`Measured ${formatTime(forecast.agoMs)} ago. ${renderForecast({ known: forecast })}`]
}

function transferLines(transfer: Transfer): string[] {
  const { bytesPerSecond, changedBytesPerSecond = 0 } = transfer
  const rates = `${formatSize(changedBytesPerSecond)}/s changed by the guest, ${formatSize(bytesPerSecond)}/s sent`
  const outlook =
    changedBytesPerSecond < bytesPerSecond
      ? 'it comes to an end'
      : 'it comes to no end unless the guest may pause longer, or is slowed down'
  // In the first pass QEMU does not know yet.
  const forecast = changedBytesPerSecond > 0 && bytesPerSecond > 0 ? [`${rates}: ${outlook}`] : []
  return [renderTransfer(transfer, columns), ...forecast]
}

const stages = {
  reserved: 'what it needs is held here, and its machine is not there yet',
  receiving: 'its machine waits here for the guest',
  going: 'it has been told to run here',
} as const
