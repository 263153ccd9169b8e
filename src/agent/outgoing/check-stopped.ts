import { randomUUID } from 'node:crypto'
import { check as checkRules } from '../../compat/check.ts'
import type { CheckInput } from '../../compat/input.ts'
import { kindsByMerit } from '../../compat/judge.ts'
import { checkInput, cipherWish, type Wishes } from '../../compat/subject.ts'
import { ZoneError } from '../../errors.ts'
import { clockOffset } from '../../migration/clock-offset.ts'
import { keyUriOf } from '../../migration/key-seal.ts'
import type { Migration } from '../../migration/migration.ts'
import type { Peer } from '../../migration/peer.ts'
import { type Phase, runPhases } from '../../migration/phase.ts'
import { type Connecting, connect } from '../../migration/phases/connect.ts'
import { proveSharing } from '../../migration/prove-sharing.ts'
import { refused } from '../../migration/refused.ts'
import { placeMark } from '../../storage/mark.ts'
import type { MigrationSummary, Params, Progress } from '../api.ts'
import type { Host } from '../host.ts'
import type { Place } from '../storage-move/commit.ts'
import type { Zone, ZoneOperation } from '../zone.ts'
import { stuck } from './carry-out.ts'
import { compareConfigurations } from './compare-configurations.ts'
import { subjectsOf } from './subjects.ts'

/**
 * Finds out all that the check needs to know for moving a zone that does not run, by the kind that fits its state.
 * Changes nothing anywhere.
 *
 * @param planned disks that will be on other storage by then
 * @throws ZoneError FILE_DAMAGED, CONFIG_INCOMPLETE; what reaching the target throws
 */
export async function assess(
  host: Host,
  zone: Zone,
  peer: Peer,
  wishes: Wishes,
  signal: AbortSignal,
  planned: readonly Place[] = [],
): Promise<CheckInput> {
  const { source, subjects } = await subjectsOf(host, [zone], signal, planned)
  const [subject] = subjects
  const kind = kindsByMerit.find((candidate) => subject?.forms[candidate] !== undefined)
  const form = kind && subject?.forms[kind]
  if (kind === undefined || subject === undefined || form === undefined) {
    const why = subject?.problem ?? 'there is nothing to be moved'
    throw new ZoneError(`zone '${zone.name}': ${why}`, { code: 'CONFIG_UNUSABLE' })
  }
  const { storage, cpus } = subject
  const stored = await host.registry.config(zone.name)
  const keyUri = stored && keyUriOf(stored.config)
  const askedAtMs = Date.now()
  const { facts, config } = await peer.call(
    'peer/assess',
    { zone: zone.name, storage: [...storage], cpus: [...cpus], ...(keyUri === undefined ? {} : { keyUri }) },
    { signal },
  )
  const target = {
    uri: peer.uri,
    facts,
    configurations:
      wishes.overwrite === true ? {} : await compareConfigurations(host, { [zone.name]: config }),
    clockOffset: clockOffset(askedAtMs, Date.now(), facts),
  }
  const sharing = await proveSharing(
    { placeMark: (uri, mark) => placeMark(uri, host.storage, mark, signal) },
    peer,
    storage,
    signal,
  )
  return { ...checkInput(kind, form, { facts: source, isSaved: false }, target, wishes), sharing }
}

/** What the phases of a check are given, and what they find out. */
export type CheckAtRest = Connecting &
  Pick<Migration, 'cipher' | 'operationId' | 'overwrite' | 'line' | 'onReport' | 'report'>

/** The first phases of a migration of a zone that does not run; a dry run has no others. They change nothing anywhere. */
export function checkPhases(host: Host, zone: Zone, planned: readonly Place[] = []): Phase<CheckAtRest>[] {
  const check: Phase<CheckAtRest> = {
    name: 'check',
    async run(context) {
      const { peer, cipher, operationId, overwrite, signal, target } = context
      context.line('Checking migration compatibility.')
      const wishes = { ...cipherWish(cipher), operationId, overwrite }
      const report = checkRules(await assess(host, zone, peer, wishes, signal, planned))
      context.report = report
      context.onReport(report)
      if (report.verdict === 'refuse') throw refused(zone.name, target?.name ?? 'the target', report)
    },
  }
  return [connect, check]
}

/**
 * The dry run for a zone that does not run: compares contract and facts of both hosts by all rules.
 *
 * @throws ZoneError REFUSED with the report in `details`
 */
export async function checkStopped(
  host: Host,
  zone: Zone,
  { target, environment, cipher, overwrite }: Params<'zone/migrate'>,
  operation: ZoneOperation,
  progress: (value: Progress) => void,
  planned: readonly Place[] = [],
): Promise<MigrationSummary> {
  const startedAtMs = performance.now()
  const { signal } = operation.controller
  await using peer = await host.peers.acquire(target, environment)
  const context: CheckAtRest = {
    peer,
    sourceHost: host.identity,
    signal,
    cipher,
    overwrite,
    operationId: operation.id,
    line: (text) => progress({ kind: 'line', text }),
    onReport: (report) => progress({ kind: 'report', report }),
    target: undefined,
    report: undefined,
  }
  const phases = await runPhases(checkPhases(host, zone, planned), {
    context,
    signal,
    onStuck: stuck(host, zone),
  })
  const { report, target: there } = context
  if (report === undefined || there === undefined) throw new Error('A check has ended without a report')
  return {
    migrationId: randomUUID(),
    zone: zone.name,
    kind: report.kind,
    source: host.identity.name,
    target: there.name,
    dryRun: true,
    cipher: cipher ?? 'negotiated',
    report,
    totalMs: performance.now() - startedAtMs,
    phases,
    pauseMs: null,
    networkPauseMs: null,
    longestStopMs: null,
    qemuDowntimeMs: null,
    transferredBytes: null,
  }
}
