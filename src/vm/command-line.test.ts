import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describe, test } from 'node:test'
import { blockGraph } from '../storage/storage.ts'
import { hostLayout } from '../util/host-layout.ts'
import { parseExport } from '../zone/parse-export.ts'
import { parseSize } from '../zone/schema/size.ts'
import { toContract } from '../zone/to-contract.ts'
import { commandLine, diskNode } from './command-line.ts'
import { backingPageBytes, memoryBackend } from './memory-backend.ts'
import { netdevsOf } from './network.ts'
import { toMachineSpec } from './to-machine-spec.ts'

const folder = join(import.meta.dirname, '../../test/golden/command-line')
const uuid = '6ba7b810-9dad-41d1-80b4-00c04fd430c8'
const machineTypes = ['pc-q35-6.2', 'pc-q35-7.2', 'pc-q35-9.2', 'pc-q35-10.0', 'pc-i440fx-7.2', 'q35']

/**
 * What a golden file says of the host in a comment: `# host: kvm kernel initrd incoming user root=/r pages=2M:512,1G:0`.
 */
function hostOf(text: string) {
  const words = /^# host: (.*)$/m.exec(text)?.[1]?.split(' ') ?? []
  const valueOf = (name: string) => words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1)
  const pools = (valueOf('pages')?.split(',') ?? []).map((pool) => {
    const [size = '', free = ''] = pool.split(':')
    return { sizeBytes: parseSize(size) ?? 0, free: Number(free) }
  })
  return { has: (word: string) => words.includes(word), root: valueOf('root') ?? '/', pools }
}

/** The whole way of a configuration to QEMU's arguments, on a host that is told by the file. */
async function argumentsFor(zonename: string, text: string): Promise<string[]> {
  const host = hostOf(text)
  const layout = hostLayout(host.root)
  const contract = toContract(parseExport(text), { zonename })
  const directBoot = {
    kernelSha256: 'a'.repeat(64),
    ...(host.has('initrd') ? { initrdSha256: 'b'.repeat(64) } : {}),
  }
  const spec = toMachineSpec(contract, {
    uuid,
    accelerator: host.has('kvm') ? 'kvm' : 'tcg',
    machineTypes,
    ...(host.has('kernel') ? { directBoot } : {}),
  })
  const attachments = spec.nics.map((nic, index) => ({
    nic,
    bridge: host.has('user') ? undefined : contract.nics[index]?.lowerLink,
  }))
  const context = { root: host.root, initiatorName: 'iqn.2026-11.org.kzone:alpha' }
  const graphs = spec.disks.map(
    async ({ id, storage }) => [id, await blockGraph(storage, diskNode(id), context)] as const,
  )
  return commandLine(spec, {
    qmpSocket: layout.qmpSocket(zonename),
    consoleSocket: layout.consoleSocket(zonename),
    pidFile: layout.qemuPidFile(zonename),
    logFile: layout.qemuLog(zonename),
    blockdevs: new Map(await Promise.all(graphs)),
    netdevs: netdevsOf(uuid, attachments),
    memoryBackend: memoryBackend(spec.memoryBytes, backingPageBytes(contract.memory, host.pools)),
    ...(host.has('kernel') ? { kernel: layout.kernel(zonename) } : {}),
    ...(host.has('initrd') ? { initrd: layout.initrd(zonename) } : {}),
    incoming: host.has('incoming'),
  })
}

// KZ_UPDATE_GOLDEN=1 writes the files anew; what changed is then read in the review.
const isUpdate = process.env['KZ_UPDATE_GOLDEN'] === '1'

describe('commandLine() gives the arguments in test/golden/command-line', () => {
  const files = globSync('*.cfg', { cwd: folder })
  test('there are golden files', () => assert.ok(files.length >= 8))
  for (const file of files) {
    const name = basename(file, '.cfg')
    test(name, async () => {
      const text = await readFile(join(folder, file), 'utf8')
      const actual = (await argumentsFor(name, text)).map((argument) => `${argument}\n`)
      const golden = join(folder, `${name}.argv`)
      if (isUpdate) await writeFile(golden, actual.join(''))
      assert.equal(actual.join(''), await readFile(golden, 'utf8'))
    })
  }
})
