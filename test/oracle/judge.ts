import { randomBytes } from 'node:crypto'
import { check } from '../../src/compat/check.ts'
import type { CheckInput, SharingProof } from '../../src/compat/input.ts'
import type { Report } from '../../src/compat/schema.ts'
import { cipherWish } from '../../src/compat/subject.ts'
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
  /** Null: the two ends choose. */
  readonly cipher: string | null
  readonly neighbourMac: string | undefined
}

/** Asks both hosts for their facts, as a migration does, and runs the compatibility check on them. */
export async function judge(question: Question): Promise<{ input: CheckInput; report: Report }> {
  const { source, target, spec, configText, targetText, encrypt, cipher, neighbourMac } = question
  const contract = contractOf(configText)
  const storage = contract.devices.flatMap((device) => device.storage ?? [])
  const asked = { storage, cpus: [spec.cpu] }
  const neighbours = neighbourMac === undefined ? [] : [neighbour(fullMac(neighbourMac))]
  const own = targetText === null ? [] : [summary(contractOf(targetText), 'configured')]
  const [sharing, here, there, boot] = await Promise.all([
    sharingOf(source, target, storage),
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
    sharing: { known: sharing },
    // The zones of the oracle have no keys: QEMU, which has no part in them, cannot try them.
    keys: { known: targetText === null ? null : { here: null, there: null } },
    source: here,
    target: there,
    zone: { name: zonename, uuid: zoneUuid, state: 'running', auxiliary: [] },
    intent: {
      kind: 'live',
      targetUri: `ssh://${target.host.name}`,
      ...cipherWish(encrypt ? cipher : 'none'),
      operationId: 'oracle',
    },
  }
  return { input, report: check(input) }
}

/** As `proveSharing()` does it: marks on the disks of the one host are looked for from the other. */
async function sharingOf(
  source: OracleHost,
  target: OracleHost,
  storage: readonly string[],
): Promise<SharingProof[]> {
  const prove = async (uri: string): Promise<SharingProof> => {
    try {
      const mark = randomBytes(8).toString('hex')
      if (!(await source.call('placeMark', { uri, mark }))) return { uri, mark: 'untried' }
      const sees = await target.call('seesMark', { uri, mark })
      if (sees === null) return { uri, mark: 'untried' }
      return { uri, mark: sees ? 'seen' : 'missing' }
    } catch (error) {
      return { uri, mark: 'untried', words: (error as Error).message }
    }
  }
  const proofs = await Promise.all(storage.map(prove))
  await source.call('removeMarks', undefined)
  return proofs
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
