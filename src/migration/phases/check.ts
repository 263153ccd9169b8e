import { check as runRules } from '../../compat/check.ts'
import type { CheckInput } from '../../compat/input.ts'
import { Exit, ZoneError } from '../../errors.ts'
import { isKnown, type Unknown } from '../../facts/schema.ts'
import { mustMatchProperties } from '../../zone/must-match.ts'
import { parseExport } from '../../zone/parse-export.ts'
import { toContract } from '../../zone/to-contract.ts'
import type { LiveMigration } from '../live-migration.ts'
import type { PeerResult } from '../peer-api.ts'
import type { Phase } from '../phase.ts'
import { chooseCompression } from '../stream-settings.ts'

type TargetConfig = PeerResult<'peer/assess'>['config']

/** The target's own configuration of the zone as facts for the rules. */
function targetConfiguration(
  config: TargetConfig,
  zonename: string,
): Pick<CheckInput, 'targetContract' | 'targetProperties'> {
  if (config.status === 'absent')
    return { targetContract: { known: null }, targetProperties: { known: null } }
  if (config.status === 'damaged') return bothUnknown({ unknown: config.reason })
  try {
    const parsed = parseExport(config.text)
    return {
      targetContract: { known: toContract(parsed, { zonename }) },
      targetProperties: { known: mustMatchProperties(parsed, { zonename }) },
    }
  } catch (error) {
    return bothUnknown({
      unknown: `its configuration cannot be used: ${(error as Error).message}`,
      remedy: [`zonecfg -z ${zonename} verify`],
    })
  }
}

function bothUnknown(unknown: Unknown) {
  return { targetContract: unknown, targetProperties: unknown }
}

/** @throws ZoneError REFUSED, with the report in `details` */
function refused({ source, target, report }: LiveMigration): ZoneError {
  const count = report?.findings.filter(({ verdict }) => verdict !== 'warn').length ?? 0
  const reasons = count === 1 ? '1 reason' : `${count} reasons`
  return new ZoneError(
    `zone '${source.name}': migration to ${target?.name ?? 'the target'} refused for ${reasons}; nothing was changed`,
    { code: 'REFUSED', exit: Exit.refused, details: report },
  )
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
    const [facts, boot, assessed] = await Promise.all([
      source.facts(storage),
      source.bootRecord(),
      peer.call('peer/assess', { zone: source.name, storage, cpus: [source.spec.cpu] }, { signal }),
    ])
    const report = runRules({
      contract: source.contract,
      properties: mustMatchProperties(parseExport(source.configText), { zonename: source.name }),
      ...targetConfiguration(assessed.config, source.name),
      boot,
      source: facts,
      target: assessed.facts,
      zone: { name: source.name, uuid: source.uuid, state: source.state, auxiliary: source.auxiliary },
      intent: { kind: 'live', targetUri: peer.uri, encrypt: cipher !== 'none', operationId },
    })
    migration.report = report
    if (isKnown(facts.hypervisor) && isKnown(assessed.facts.hypervisor)) {
      const [here, there] = [facts.hypervisor.known, assessed.facts.hypervisor.known]
      migration.compression = chooseCompression(cipher !== 'none', here, there)
    }
    migration.onReport(report)
    if (report.verdict === 'refuse') throw refused(migration)
  },
}
