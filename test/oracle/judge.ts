import { randomBytes } from 'node:crypto'
import { disksOf, imageUri } from '../../src/agent/held-storage.ts'
import { check } from '../../src/compat/check.ts'
import type { CheckInput, SharingProof } from '../../src/compat/input.ts'
import type { Report } from '../../src/compat/schema.ts'
import { cipherWish } from '../../src/compat/subject.ts'
import type { ZoneSummary } from '../../src/facts/schema.ts'
import type { MachineSpec } from '../../src/vm/schema.ts'
import type { Suspension } from '../../src/vm/suspension.ts'
import type { Contract } from '../../src/zone/contract.ts'
import { mustMatchProperties } from '../../src/zone/must-match.ts'
import { parseExport } from '../../src/zone/parse-export.ts'
import { contractOf, zonename, zoneUuid } from './host-place.ts'
import type { OracleHost } from './oracle-host.ts'
import type { Pair } from './pair.ts'
import { refusedResumption } from './refused-resumption.ts'

export interface Question extends Pick<Pair, 'kind' | 'encrypt' | 'cipher' | 'neighbourMac'> {
  readonly source: OracleHost
  readonly target: OracleHost
  /** Of the guest that runs on the source, or was suspended there. */
  readonly spec: MachineSpec
  readonly configText: string
  /** The configuration on the target; null if it has none. */
  readonly targetText: string | null
  /** Of a suspended guest. */
  readonly suspension: Suspension | undefined
}

/**
 * Asks both hosts for their facts, as a migration does, and runs the compatibility check on them. Of a suspended guest that may
 * move it is also told what kzone says against its resumption there.
 */
export async function judge(question: Question): Promise<{ report: Report; resumption: readonly string[] }> {
  const { source, target, spec, configText, targetText, suspension, encrypt, cipher, neighbourMac } = question
  const configured = contractOf(configText)
  // The image is where it was written, whatever the configuration says.
  const contract = suspension === undefined ? configured : { ...configured, suspend: suspension.place }
  const storage = [...disksOf(contract), ...imageStorage(suspension)]
  const asked = { storage, cpus: [spec.cpu] }
  const neighbours = neighbourMac === undefined ? [] : [neighbour(fullMac(neighbourMac))]
  const zone = {
    state: suspension === undefined ? ('running' as const) : ('installed' as const),
    auxiliary: suspension === undefined ? [] : ['suspended'],
  }
  const own =
    targetText === null ? [] : [summary(contractOf(targetText), { state: 'configured', auxiliary: [] })]
  const [sharing, here, there, boot] = await Promise.all([
    sharingOf(source, target, storage),
    source.call('facts', { ...asked, zones: [summary(contract, zone)] }),
    target.call('facts', { ...asked, zones: [...own, ...neighbours] }),
    suspension === undefined ? source.call('bootRecord', undefined) : { known: suspension.boot },
  ])
  const input: CheckInput = {
    contract,
    properties: propertiesOf(configText),
    targetContract: { known: targetText === null ? null : contractOf(targetText) },
    targetProperties: { known: targetText === null ? null : propertiesOf(targetText) },
    ...(suspension === undefined ? {} : { guest: contractOf(suspension.configText) }),
    boot,
    sharing: { known: sharing },
    // The zones of the oracle have no keys: QEMU, which has no part in them, cannot try them.
    keys: { known: targetText === null ? null : { here: null, there: null } },
    source: here,
    target: there,
    zone: { name: zonename, uuid: zoneUuid, ...zone },
    intent: {
      kind: question.kind === 'warm' ? 'warm' : 'live',
      ...(question.kind === 'post-copy' ? { postcopy: true } : {}),
      targetUri: `ssh://${target.host.name}`,
      ...cipherWish(encrypt ? cipher : 'none'),
      operationId: 'oracle',
    },
  }
  const report = check(input)
  const isMoved = suspension !== undefined && report.verdict === 'pass'
  return { report, resumption: isMoved ? refusedResumption(input, suspension, targetText ?? configText) : [] }
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

const imageStorage = (suspension: Suspension | undefined) =>
  suspension !== undefined && 'storage' in suspension.place ? [suspension.place.storage] : []

const propertiesOf = (text: string) => mustMatchProperties(parseExport(text), { zonename })

function fullMac(mac: string): string {
  return mac
    .split(':')
    .map((octet) => octet.padStart(2, '0'))
    .join(':')
}

function summary(contract: Contract, zone: Pick<ZoneSummary, 'state' | 'auxiliary'>): ZoneSummary {
  return {
    name: zonename,
    uuid: zoneUuid,
    ...zone,
    macAddresses: contract.nics.flatMap(({ macAddress }) => macAddress ?? []),
    allowedAddresses: [],
    memoryBytes: contract.memory.physicalBytes,
    storage: [...disksOf(contract), ...imageUri(contract.suspend)],
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
