import { check as runRules } from '../../compat/check.ts'
import type { CheckInput } from '../../compat/input.ts'
import type { Report } from '../../compat/schema.ts'
import { cipherWish } from '../../compat/subject.ts'
import { targetConfiguration } from '../../compat/target-configuration.ts'
import { alongside } from '../../util/alongside.ts'
import { mustMatchProperties } from '../../zone/must-match.ts'
import { parseExport } from '../../zone/parse-export.ts'
import { cipherNames, tlsPriority } from '../cipher.ts'
import { clockOffset } from '../clock-offset.ts'
import { foretell } from '../foretell.ts'
import { compareKeys, keyUriOf } from '../key-seal.ts'
import type { LiveMigration } from '../live-migration.ts'
import type { Phase } from '../phase.ts'
import { proveSharing } from '../prove-sharing.ts'
import { refused } from '../refused.ts'
import { tryPath } from '../try-path.ts'

/** The way that the guest's memory would take. */
function wayOf({ peer, source, cipher, target, postcopy }: LiveMigration) {
  const encrypted = cipher !== 'none'
  const priority = encrypted ? tlsPriority(cipher, target?.ciphers ?? []) : undefined
  return { peer, keyFolder: `${source.keyFolder}.trial`, encrypted, priority, postcopy }
}

/** Whether there is a way to be tried: with a cipher that one end does not know there is none, and a rule says so. */
function hasWay({ cipher, target }: LiveMigration): boolean {
  if (cipher === null || cipher === 'none') return true
  return cipherNames.includes(cipher) && target?.ciphers.includes(cipher) === true
}

/** What was found, with a forecast if one is wanted and the migration is allowed. */
async function foretold(migration: LiveMigration, input: CheckInput, found: Report): Promise<Report> {
  const { source, signal, maxPauseMs, maxBytesPerSecond, postcopy, target } = migration
  if (!migration.foretell || found.verdict === 'refuse') return found
  migration.line('Measuring the guest and the way to the target.')
  const folder = `${source.keyFolder}.forecast`
  const endingsMs = await migration.lastEndingsMs(target?.name)
  const known = { maxPauseMs, maxBytesPerSecond, mayPostcopy: postcopy, endingsMs }
  const forecast = await foretell(source, wayOf(migration), known, folder, signal)
  return runRules({ ...input, forecast })
}

/** Compares contract and facts of both hosts by all rules. Changes nothing anywhere. */
export const check: Phase<LiveMigration> = {
  name: 'check',
  async run(migration) {
    const { source, peer, signal, cipher, operationId } = migration
    migration.line('Checking migration compatibility.')
    const storage = source.contract.devices.flatMap((device) =>
      device.storage === undefined ? [] : [device.storage],
    )
    await using marks = alongside(signal, (end) => proveSharing(source, peer, storage, end))
    await using trial = alongside(signal, async (end) =>
      hasWay(migration) ? { path: await tryPath(wayOf(migration), end) } : {},
    )
    const config = parseExport(source.configText)
    const assess = async () => {
      const askedAtMs = Date.now()
      const keyUri = keyUriOf(config)
      const question = {
        zone: source.name,
        storage,
        cpus: [source.spec.cpu],
        ...(keyUri === undefined ? {} : { keyUri }),
      }
      const answer = await peer.call('peer/assess', question, { signal })
      return { ...answer, clockOffset: clockOffset(askedAtMs, Date.now(), answer.facts) }
    }
    const [facts, boot, owner, keys, assessed] = await Promise.all([
      source.facts(storage),
      source.bootRecord(),
      source.seeOwner(),
      source.keys(),
      assess(),
    ])
    const [way, sharing] = await Promise.all([trial.result, marks.result])
    const input: CheckInput = {
      contract: source.contract,
      properties: mustMatchProperties(config, { zonename: source.name }),
      ...targetConfiguration(
        migration.overwrite ? { status: 'absent' } : compareKeys(keys, assessed.config),
        source.name,
      ),
      clockOffset: { known: assessed.clockOffset },
      boot,
      ...way,
      sharing,
      owner,
      source: facts,
      target: assessed.facts,
      zone: { name: source.name, uuid: source.uuid, state: source.state, auxiliary: source.auxiliary },
      intent: {
        kind: 'live',
        targetUri: peer.uri,
        ...cipherWish(cipher),
        operationId,
        ...(migration.postcopy ? { postcopy: true } : {}),
        ...(migration.maxPauseMs === undefined ? {} : { maxPauseMs: migration.maxPauseMs }),
      },
    }
    const report = await foretold(migration, input, runRules(input))
    migration.report = report
    migration.onReport(report)
    if (report.verdict === 'refuse')
      throw refused(source.name, migration.target?.name ?? 'the target', report)
  },
}
