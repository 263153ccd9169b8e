/**
 * How long a warm zonesd takes to gather the facts of its host, with and without a disk to open: `node bench/facts.ts
 * [ROUNDS]`. Aim: less than 300 ms. What a command takes anyway is measured by one that asks for next to nothing, in turns
 * with the others, and taken off.
 */
import { succeed } from '../test/e2e/guest-zone.ts'
import { createLab } from '../test/hosts/lab.ts'

const rounds = Number(process.argv[2] ?? 15)

await using lab = await createLab({ hosts: ['alpha'] })
const { alpha } = lab.hosts
const lun = await lab.storage.createLun({ name: 'web1', sizeBytes: 64 * 1024 ** 2 })

const commands: Readonly<Record<string, readonly string[]>> = {
  nothing: ['zoneadm', 'list', '-c'],
  'the host': ['zoneadm', 'facts', '--json'],
  'the host and a disk on iSCSI': ['zoneadm', 'facts', '--json', '--storage', lun.suri],
}

async function take(words: readonly string[]): Promise<number> {
  const startMs = performance.now()
  await succeed(alpha, ...words)
  return performance.now() - startMs
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
const taken = new Map(Object.keys(commands).map((name) => [name, [] as number[]]))
// The first of each makes zonesd warm.
for (let round = 0; round <= rounds; round += 1) {
  for (const [name, words] of Object.entries(commands)) {
    const ms = await take(words)
    if (round > 0) taken.get(name)?.push(ms)
  }
}
const alone = median(taken.get('nothing') ?? [])
console.log(`a command that asks for nothing: ${alone.toFixed(0)} ms (median of ${rounds})`)
for (const [name, values] of taken) {
  if (name === 'nothing') continue
  const [least, most] = [Math.min(...values), Math.max(...values)]
  console.log(
    `${name}: ${(median(values) - alone).toFixed(0)} ms more (the whole command ${least.toFixed(0)} to ${most.toFixed(0)} ms)`,
  )
}
