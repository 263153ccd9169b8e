/**
 * What kzone's copies of disks take beside a bare `qemu-img convert` of the same data to the same kind of storage:
 * `node bench/storage.ts [ROUNDS [TARGET...]]`. KZ_BENCH_GIB GiB (1), each second MiB of it a hole, from files of the host to a file, to
 * a logical unit (tgt) and to NFS (ganesha), all on one machine. KZ_BENCH_ONLY: a regular expression for the names of what is measured. In turns; the ratios within one run count, nothing is asserted. With
 * TMPDIR=/dev/shm the machine's own disk has no part in it.
 */
import { randomBytes } from 'node:crypto'
import { chown, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { imageArguments } from '../src/storage/storage.ts'
import { parseSuri } from '../src/zone/suri/parse-suri.ts'
import { guestZoneCommands, succeed } from '../test/e2e/guest-zone.ts'
import { guestIsUp, login } from '../test/e2e/zone-steps.ts'
import { ensureGuest } from '../test/guest/ensure-guest.ts'
import { createLab } from '../test/hosts/lab.ts'
import { NfsServer } from '../test/hosts/nfs-server.ts'

const rounds = Number(process.argv[2] ?? 3)
const wanted = process.argv.slice(3)
const mib = 1024 ** 2
const sizeGib = Number(process.env['KZ_BENCH_GIB'] ?? 1)
const only = new RegExp(process.env['KZ_BENCH_ONLY'] ?? '')
const sizeBytes = sizeGib * 1024 * mib
/** At the end of a boot device, beyond what its guest sees. */
const hostDataBytes = mib
const owner = 1000
const name = 'bench'

const guest = await ensureGuest()
await using lab = await createLab({ hosts: ['alpha'] })
const { alpha } = lab.hosts
await mkdir(join(alpha.root, 'zones'), { recursive: true })
const { address, prefix } = lab.storage
await using nfs = new NfsServer({ label: lab.label, folder: join(lab.folder, 'nfs'), address, prefix })
await nfs.start()

const images = { raw: join(lab.folder, 'image.raw'), qcow2: join(lab.folder, 'image.qcow2') }
await makeImage(images.raw)
await succeed(alpha, 'qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', images.raw, images.qcow2)

async function makeImage(path: string): Promise<void> {
  await using file = await open(path, 'wx')
  await file.truncate(sizeBytes)
  for (let at = 0; at < sizeBytes; at += 2 * mib) await file.write(randomBytes(mib), 0, mib, at)
}

interface Target {
  readonly uri: string
  /** Makes it empty; absent: kzone makes it. */
  make?(): Promise<void>
  remove(): Promise<void>
}

let made = 0
const isWanted = ([kind]: readonly [string, ...unknown[]]) => wanted.length === 0 || wanted.includes(kind)

async function empty(path: string): Promise<void> {
  await using file = await open(path, 'wx')
  await file.truncate(sizeBytes)
}

/** A place for a disk that is not there yet. */
const targets: Readonly<Record<string, () => Promise<Target>>> = {
  async file() {
    const disk = `/zones/${(made += 1)}.disk`
    const path = join(alpha.root, disk)
    return { uri: `file://${disk}`, make: () => empty(path), remove: () => rm(path, { force: true }) }
  },
  async iSCSI() {
    const lun = await lab.storage.createLun({ name: `${(made += 1)}`, sizeBytes: sizeBytes + hostDataBytes })
    return { uri: lun.suri, remove: () => lab.storage.removeLun(lun) }
  },
  async NFS() {
    const disk = `${(made += 1)}`
    const path = join(nfs.share, disk)
    return {
      uri: nfs.suri(disk, `${owner}:${owner}`),
      async make() {
        await empty(path)
        await chown(path, owner, owner)
      },
      remove: () => rm(path, { force: true }),
    }
  },
}

/** A virtual machine gives back what it does not use, and then waits for each page that it takes: that is no matter of a copy. */
async function touchMemory(): Promise<void> {
  const path = join(lab.folder, 'touched')
  await using file = await open(path, 'wx')
  for (let at = 0; at < sizeBytes; at += mib) await file.write(Buffer.alloc(mib, 1), 0, mib, at)
  await rm(path)
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  await touchMemory()
  const startMs = performance.now()
  await work()
  return performance.now() - startMs
}

const zoneadm = (zone: string, ...words: readonly string[]) => succeed(alpha, 'zoneadm', '-z', zone, ...words)
const kernel = ['-x', `kernel=${guest.kernel}`, '-x', `initrd=${guest.initrd}`]

async function configure(zone: string, storage: string): Promise<void> {
  const words = { name: zone, storage, address: `${lab.guestAddress(1)}/24`, memory: '192M' }
  await succeed(alpha, 'zonecfg', '-z', zone, guestZoneCommands(words).replace('=64m', `=${sizeGib}g`))
}

async function forget(zone: string): Promise<void> {
  await zoneadm(zone, 'uninstall', '-F')
  await succeed(alpha, 'zonecfg', '-z', zone, 'delete', '-F')
}

/** A zone with the data on a file of the host. */
async function zoneToCopy(zone: string): Promise<AsyncDisposable> {
  const disk = await (targets['file'] as () => Promise<Target>)()
  await configure(zone, disk.uri)
  await zoneadm(zone, 'install', '-x', `image=${images.raw}`, ...kernel)
  return {
    async [Symbol.asyncDispose]() {
      await forget(zone)
      await disk.remove()
    },
  }
}

/** As an operator would call it who knows that the target is empty, and wants it flushed or does not care. */
const bare = (format: 'raw' | 'qcow2', isFlushed: boolean) => async (target: Target) => {
  await target.make?.()
  const { image } = await imageArguments(parseSuri(target.uri), {
    root: alpha.root,
    initiatorName: 'iqn.2026-11.org.kzone:bench',
  })
  const zeros = target.make === undefined ? [] : ['--target-is-zero']
  const cache = isFlushed ? ['-t', 'writeback'] : []
  const words = [...cache, ...zeros, '-n', '-f', format, '-O', 'raw', images[format], image]
  // On its own, as what zonesd starts is: the kernel shares a busy processor out among groups (autogroup), and one of a group with
  // the server that it writes to gets ahead.
  return timed(() => succeed(alpha, 'setsid', '--wait', 'qemu-img', 'convert', ...words))
}

const install = (format: 'raw' | 'qcow2') => async (target: Target) => {
  await configure(name, target.uri)
  const ms = await timed(() => zoneadm(name, 'install', '-x', `image=${images[format]}`))
  await forget(name)
  return ms
}

async function clone(target: Target): Promise<number> {
  await using _original = await zoneToCopy('original')
  await configure(name, target.uri)
  const ms = await timed(() => zoneadm(name, 'clone', 'original'))
  await forget(name)
  return ms
}

const move = (guestIs: 'down' | 'idle' | 'writing') => async (target: Target) => {
  await using _zone = await zoneToCopy(name)
  if (guestIs !== 'down') {
    await zoneadm(name, 'boot')
    await guestIsUp(alpha, name)
  }
  if (guestIs === 'writing') await beginWriting()
  const ms = await timed(() => zoneadm(name, 'move', '-p', target.uri))
  if (guestIs !== 'down') await zoneadm(name, 'halt')
  return ms
}

/** The guest writes a MiB somewhere on its disk, flushes it, waits for 50 ms, and so on. */
async function beginWriting(): Promise<void> {
  const write = `dd if=/dev/zero of=/dev/vda bs=1M count=1 seek=$((RANDOM % ${sizeGib * 1000})) conv=notrunc,fsync 2>/dev/null`
  await using console = login(alpha, name)
  console.type(`while :; do ${write}; usleep 50000; done & echo be''gun\n`)
  await console.says('begun')
  await sleep(500)
}

type Work = (target: Target) => Promise<number>
/** What is measured, and beside what. */
const works: Readonly<Record<string, { readonly work: Work; readonly beside: string }>> = {
  'qemu-img convert, raw': { work: bare('raw', true), beside: 'qemu-img convert, raw' },
  'the same, not flushed': { work: bare('raw', false), beside: 'qemu-img convert, raw' },
  'install, raw': { work: install('raw'), beside: 'qemu-img convert, raw' },
  'qemu-img convert, qcow2': { work: bare('qcow2', true), beside: 'qemu-img convert, qcow2' },
  'install, qcow2': { work: install('qcow2'), beside: 'qemu-img convert, qcow2' },
  clone: { work: clone, beside: 'qemu-img convert, raw' },
  'move, down': { work: move('down'), beside: 'qemu-img convert, raw' },
  'move, running, idle': { work: move('idle'), beside: 'qemu-img convert, raw' },
  'move, running, writing': { work: move('writing'), beside: 'qemu-img convert, raw' },
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
const taken = new Map<string, number[]>()

function takenBy(kind: string, what: string): number[] {
  const key = `${kind} ${what}`
  const values = taken.get(key) ?? []
  taken.set(key, values)
  return values
}

const named = Object.keys(works).filter((what) => only.test(what))
const besides = named.map((what) => works[what]?.beside)
const measured = Object.entries(works).filter(([what]) => [...named, ...besides].includes(what))

for (let round = 0; round < rounds; round += 1) {
  const turn = measured.slice()
  // Each comes first and last at times: what was done just before leaves caches full or empty.
  turn.push(...turn.splice(0, (round * 2) % turn.length))
  for (const [kind, place] of Object.entries(targets).filter(isWanted)) {
    for (const [what, { work }] of turn) {
      const target = await place()
      const ms = await work(target)
      takenBy(kind, what).push(ms)
      console.error(`${kind} ${what} ${(ms / 1000).toFixed(2)}`)
      await target.remove()
    }
  }
}

console.log(
  `${sizeGib} GiB, half of it holes; seconds: median of ${rounds} (min..max), and the bare copy's speed that is reached`,
)
for (const [kind] of Object.entries(targets).filter(isWanted)) {
  console.log(`to ${kind}`)
  for (const [what, { beside }] of measured) {
    const values = takenBy(kind, what)
    const [least, mid, most] = [Math.min(...values), median(values), Math.max(...values)].map((ms) =>
      (ms / 1000).toFixed(2),
    )
    const share = (100 * median(takenBy(kind, beside))) / median(values)
    console.log(`  ${what.padEnd(26)}${mid} (${least}..${most})`.padEnd(50) + `${share.toFixed(0)} %`)
  }
}
