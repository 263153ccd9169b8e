import type { OutgoingJournal } from '../../migration/journal.ts'
import { migrationStateOf } from '../../migration/take-back.ts'
import { postcopyStatuses } from '../../qmp/schemas.ts'
import type { Zone } from '../zone.ts'

/** Of a transfer that has ended at this end, or that goes on by post-copy. */
const allSent: readonly (string | undefined)[] = ['completed', ...postcopyStatuses]
/** So QEMU 10.0 calls a post-copy, too, whose stream broke at the very end. */
const allSentByPostcopy: typeof allSent = [...allSent, 'failed']

/** What the machine of a live migration does here; undefined: it is gone. */
export async function lookAtMachine(
  { running }: Pick<Zone, 'running'>,
  { streamUri, postcopy = false }: Pick<OutgoingJournal, 'streamUri' | 'postcopy'>,
) {
  if (running === undefined) return undefined
  const { qmp } = running.machine.qemu
  const { status } = await migrationStateOf(qmp, streamUri)
  const { running: isRunning } = await qmp.execute('query-status')
  return {
    isRunning,
    isAllSent: (postcopy ? allSentByPostcopy : allSent).includes(status),
    isWhole: status === 'completed',
  }
}

export type Machine = Awaited<ReturnType<typeof lookAtMachine>>

/** The same for the operator. */
export function machineInWords({ kind = 'live' }: Pick<OutgoingJournal, 'kind'>, machine: Machine): string {
  if (machine === undefined)
    return kind === 'live' ? 'its machine is gone' : 'it does not run, and has no machine'
  if (machine.isRunning) return 'its guest runs'
  const sent = machine.isWhole ? 'all' : machine.isAllSent ? 'a part' : 'not all'
  return `its guest stands still, ${sent} of its memory was sent`
}
