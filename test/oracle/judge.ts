import { check } from '../../src/compat/check.ts'
import type { CheckInput } from '../../src/compat/input.ts'
import type { Report } from '../../src/compat/schema.ts'
import type { ZoneSummary } from '../../src/facts/schema.ts'
import type { MachineSpec } from '../../src/vm/schema.ts'
import type { Contract } from '../../src/zone/contract.ts'
import { mustMatchProperties } from '../../src/zone/must-match.ts'
import { parseExport } from '../../src/zone/parse-export.ts'
import { contractOf, zonename, zoneUuid } from './host-place.ts'
import type { OracleHost } from './oracle-host.ts'

export interface Question {
  readonly source: OracleHost
  readonly target: OracleHost
  /** Of the guest that runs on the source. */
  readonly spec: MachineSpec
  readonly configText: string
  /** The configuration on the target; null if it has none. */
  readonly targetText: string | null
  readonly encrypt: boolean
  readonly neighbourMac: string | undefined
}

/** Asks both hosts for their facts, as a migration does, and runs the compatibility check on them. */
export async function judge(question: Question): Promise<{ input: CheckInput; report: Report }> {
  const { source, target, spec, configText, targetText, encrypt, neighbourMac } = question
  const contract = contractOf(configText)
  const storage = contract.devices.flatMap((device) => device.storage ?? [])
  const asked = { storage, cpus: [spec.cpu] }
  const neighbours = neighbourMac === undefined ? [] : [neighbour(fullMac(neighbourMac))]
  const own = targetText === null ? [] : [summary(contractOf(targetText), 'configured')]
  const [here, there, boot] = await Promise.all([
    source.call('facts', { ...asked, zones: [summary(contract, 'running')] }),
    target.call('facts', { ...asked, zones: [...own, ...neighbours] }),
    source.call('bootRecord', undefined),
  ])
  const input: CheckInput = {
    contract,
    properties: propertiesOf(configText),
    targetContract: { known: targetText === null ? null : contractOf(targetText) },
    targetProperties: { known: targetText === null ? null : propertiesOf(targetText) },
    boot,
    // The zones of the oracle have no keys.
    keys: { known: targetText === null ? null : { here: null, there: null } },
    source: here,
    target: there,
    zone: { name: zonename, uuid: zoneUuid, state: 'running', auxiliary: [] },
    intent: { kind: 'live', targetUri: `ssh://${target.host.name}`, encrypt, operationId: 'oracle' },
  }
  return { input, report: check(input) }
}

const propertiesOf = (text: string) => mustMatchProperties(parseExport(text), { zonename })

function fullMac(mac: string): string {
  return mac
    .split(':')
    .map((octet) => octet.padStart(2, '0'))
    .join(':')
}

function summary(contract: Contract, state: 'running' | 'configured'): ZoneSummary {
  return {
    name: zonename,
    uuid: zoneUuid,
    state,
    auxiliary: [],
    macAddresses: contract.nics.flatMap(({ macAddress }) => macAddress ?? []),
    allowedAddresses: [],
    memoryBytes: contract.memory.physicalBytes,
    storage: contract.devices.flatMap((device) => device.storage ?? []),
  }
}

function neighbour(mac: string): ZoneSummary {
  return {
    name: 'web2',
    uuid: '29be88cb-e61a-4204-8d9b-f4a61bf0efde',
    state: 'running',
    auxiliary: [],
    macAddresses: [mac],
    allowedAddresses: [],
    memoryBytes: 0,
    storage: [],
  }
}
