import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleConfig, sampleInput } from '../../test/compat/sample-input.ts'
import { type HostFacts, isKnown } from '../facts/schema.ts'
import { parseExport } from '../zone/parse-export.ts'
import { toContract } from '../zone/to-contract.ts'
import { cpuModel } from './cpu-class.ts'
import { wouldBoot } from './would-boot.ts'

const uuid = '29be88cb-e61a-4204-8d9b-f4a61bf0efdd'
const name = cpuModel('migration-class1')
const models = [{ name, unavailableFeatures: [], features: { known: ['aes'] } }]

function boot(more: string, changes: Partial<HostFacts> = {}) {
  const contract = toContract(parseExport(sampleConfig + more), { zonename: 'web1' })
  return wouldBoot(contract, { ...sampleInput().source, cpuModels: { known: models }, ...changes }, { uuid })
}

const pagesOf = (more: string, changes: Partial<HostFacts> = {}) => {
  const record = boot(more, changes)
  return isKnown(record) ? record.known.pagesizeBytes : record
}

test('wouldBoot() takes the pages that the policy gets on the host, or those that it wants', () => {
  assert.equal(pagesOf(''), 4096)
  const largest = 'select capped-memory; set pagesize-policy=largest-only; end'
  assert.equal(pagesOf(largest), 2 ** 21)
  assert.equal(
    pagesOf(largest, { hugepages: { known: [{ sizeBytes: 2 ** 21, total: 1, free: 0 }] } }),
    2 ** 21,
  )
  assert.deepEqual(pagesOf(largest, { hugepages: { unknown: 'no sysfs' } }), { unknown: 'no sysfs' })
})

test('wouldBoot() says why a zone would not boot at all', () => {
  assert.deepEqual(boot('set host-compatible=level2'), {
    unknown:
      'it does not boot on alpha: The host-compatible value "level2" needs the machine pc-q35-10.0, which this ' +
      "host's QEMU does not know (it knows pc-q35-7.1 to pc-q35-7.2)",
  })
})
