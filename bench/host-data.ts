/**
 * What host data add to the time for which a guest stands still in a live migration: `node bench/host-data.ts [ROUNDS]`. Two
 * zones, equal but for the last MiB of their logical unit: where it is in use no host data are made. They are migrated to and fro
 * in turns; nothing is asserted.
 */
import { randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { installGuestZone, succeed } from '../test/e2e/guest-zone.ts'
import { guestIsUp } from '../test/e2e/zone-steps.ts'
import { ensureGuest } from '../test/guest/ensure-guest.ts'
import { createLab } from '../test/hosts/lab.ts'

const rounds = Number(process.argv[2] ?? 10)
const mib = 1024 ** 2
const sizeBytes = 64 * mib

const guest = await ensureGuest()
await using lab = await createLab({ hosts: ['alpha', 'beta'] })
const { alpha, beta } = lab.hosts

async function makeZone(name: string, number: number, hasHostData: boolean): Promise<void> {
  const lun = await lab.storage.createLun({ name, sizeBytes })
  if (!hasHostData) {
    await using file = await open(lun.backingFile, 'r+')
    await file.write(randomBytes(mib), 0, mib, sizeBytes - mib)
  }
  const address = `${lab.guestAddress(number)}/24`
  await installGuestZone(alpha, guest, { name, storage: lun.suri, address, memory: '256M' })
  const shown = await alpha.run(['kzhostdata', '-z', name])
  if ((shown.code === 0) !== hasHostData) throw new Error(`${name}: ${shown.stdout}${shown.stderr}`)
  await succeed(alpha, 'zoneadm', '-z', name, 'boot')
  await guestIsUp(alpha, name)
}

interface Sample {
  readonly pauseMs: number
  readonly totalMs: number
}

const zones = { with: 'with', without: 'without' }
await makeZone(zones.with, 1, true)
await makeZone(zones.without, 2, false)
const samples: Record<string, Sample[]> = { [zones.with]: [], [zones.without]: [] }
for (let round = 0; round < rounds; round += 1) {
  const [from, to] = round % 2 === 0 ? [alpha, beta] : [beta, alpha]
  for (const [name, seen] of Object.entries(samples)) {
    const output = await succeed(from, 'zoneadm', '-z', name, 'migrate', '--json', `ssh://${to.address}`)
    seen.push(JSON.parse(output) as Sample)
  }
}
const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
console.log(`an idle guest of 256 MiB, ${rounds} migrations each; milliseconds: median (min..max)`)
for (const [name, seen] of Object.entries(samples)) {
  for (const key of ['pauseMs', 'totalMs'] as const) {
    const values = seen.map((sample) => sample[key])
    const [least, mid, most] = [Math.min(...values), median(values), Math.max(...values)].map((ms) =>
      ms.toFixed(0),
    )
    console.log(`${name.padEnd(10)}${key.padEnd(10)}${mid} (${least}..${most})`)
  }
}
