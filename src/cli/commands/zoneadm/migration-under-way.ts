import { Exit, type ExitCode } from '../../../errors.ts'
import type { ZoneContext } from '../../command.ts'
import { printJson, printLine } from '../../io.ts'
import { operatorEnvironment } from '../../operator-environment.ts'
import { renderMigrationStatus } from '../../render-migration-status.ts'
import { showLines } from '../../show-lines.ts'
import { usageError } from '../../usage-error.ts'

/** `--cancel`: asks whatever is under way with the zone to end. */
export async function cancelMigration(
  { program, zone, io, signal, agent }: ZoneContext,
  target: string | undefined,
): Promise<ExitCode> {
  if (target !== undefined) throw usageError('--cancel takes no target')
  const { cancelled } = await (await agent()).call('zone/cancel', { zone }, { signal })
  const asked = cancelled === null ? 'nothing is under way.' : `asked its ${cancelled} to end.`
  printLine(io.stderr, `${program}: zone '${zone}': ${asked}`)
  return Exit.ok
}

/** `--status`: how far a migration is, from either host. */
export async function showStatus(
  { zone, io, signal, agent }: ZoneContext,
  target: string | undefined,
  json: boolean,
): Promise<ExitCode> {
  if (target !== undefined) throw usageError('--status takes no target')
  const status = await (await agent()).call('zone/migration', { zone }, { signal })
  if (json) printJson(io.stdout, status)
  else for (const line of renderMigrationStatus(zone, status)) printLine(io.stdout, line)
  return Exit.ok
}

/** `--recover`: finishes or undoes a migration that was interrupted. */
export async function recoverMigration(
  context: ZoneContext,
  target: string | undefined,
  targetIsGone: boolean,
): Promise<ExitCode> {
  const { program, zone, io, signal, agent } = context
  if (target !== undefined) throw usageError('--recover takes no target: the journal names it')
  const params = { zone, environment: operatorEnvironment(), targetIsGone }
  const onProgress = showLines(context)
  const { lines } = await (await agent()).call('zone/recover', params, { signal, onProgress })
  for (const line of lines) printLine(io.stderr, `${program}: zone '${zone}': ${line}`)
  return Exit.ok
}

/** `-c list`: the ciphers that both hosts have. */
export async function listCiphers({ io, signal, agent }: ZoneContext, target: string): Promise<ExitCode> {
  const params = { target, environment: operatorEnvironment() }
  const { ciphers } = await (await agent()).call('zone/ciphers', params, { signal })
  for (const cipher of ciphers) printLine(io.stdout, cipher)
  return Exit.ok
}
