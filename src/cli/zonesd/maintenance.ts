import { rm } from 'node:fs/promises'
import { Exit, type ExitCode } from '../../errors.ts'
import { readMaintenance } from '../../facts/maintenance.ts'
import { atomicWrite } from '../../util/atomic-write.ts'
import type { HostLayout } from '../../util/host-layout.ts'
import { systemError } from '../../util/system-error.ts'
import { type CliIo, printLine } from '../io.ts'
import { unknownName, usageError } from '../usage-error.ts'

const verbs = ['on', 'off', 'status'] as const

/**
 * Takes a host out of use for zones that would come to it, or back into use. It is a file, so zonesd need not run.
 *
 * @returns for `status` exit code 1 if the host is not in maintenance
 * @throws ZoneError USAGE, HOST_FAILURE
 */
export async function maintenance(
  { maintenanceFile }: HostLayout,
  { stdout }: CliIo,
  [word, ...words]: readonly string[],
): Promise<ExitCode> {
  if (word === undefined) throw usageError('maintenance needs one of: on REASON, off, status')
  const verb = verbs.find((candidate) => candidate === word)
  if (verb === undefined) throw unknownName('subcommand of maintenance', word, verbs)
  const reason = words.join(' ').trim()
  if (verb !== 'on' && reason !== '') throw usageError(`unexpected argument "${reason}"`)
  if (verb === 'on') {
    if (reason === '') throw usageError("maintenance on needs a reason, such as: on 'new memory until 18:00'")
    await atomicWrite(maintenanceFile, `${reason}\n`)
    printLine(
      stdout,
      'No zone can migrate to this host from now on. What runs here goes on; zones can be booted.',
    )
    return Exit.ok
  }
  const current = await readMaintenance(maintenanceFile).catch((error: unknown) => {
    throw systemError(error, maintenanceFile) ?? error
  })
  if (verb === 'off') {
    await rm(maintenanceFile, { force: true }).catch((error: unknown) => {
      throw systemError(error, maintenanceFile) ?? error
    })
    printLine(
      stdout,
      current === null ? 'This host was not in maintenance.' : 'Zones can migrate to this host again.',
    )
    return Exit.ok
  }
  printLine(stdout, current === null ? 'not in maintenance' : `in maintenance: ${current}`)
  return current === null ? Exit.failed : Exit.ok
}
