import { setTimeout as sleep } from 'node:timers/promises'
import { hasImage } from '../../src/hostdata/suspend-image/read-image.ts'
import { openFileStore } from '../../src/storage/file-store.ts'
import { ownerOnDisk } from '../e2e/owner-on-disk.ts'
import { readRing, recordsOf, ringBlocks } from '../guest/counter-disk.ts'
import { type Case, mayLoseGuest } from './case.ts'
import { lostWrites, secondWriters } from './judge-writes.ts'
import { configurationOn, leftovers } from './leftovers.ts'
import type { Settled } from './settle.ts'
import { type Standing, standingOn, within } from './standing.ts'
import { type FaultHost, type World, zone } from './world.ts'

/** For what goes on after the command has ended, such as the end of a machine that was given up. */
const cleanUpMs = 8_000

/** Where the world stood when a case began. */
export interface Before {
  readonly standing: Standing
  /** Place in the witness's list. */
  readonly writes: number
  readonly bootId: string | undefined
  /** Of the zone, on both hosts; undefined: that host had none. */
  readonly configurations: Configurations
}

type Configurations = readonly [source: string | undefined, target: string | undefined]

/** What must not be, in words: a second runner, a lost write, a guest lost without need, something left behind. */
export async function violationsOf(
  { witness, backingFile, imageFile }: World,
  [source, target]: readonly [FaultHost, FaultHost],
  it: Case,
  before: Before,
  { holder }: Settled,
): Promise<string[]> {
  const begin = Math.max(0, before.writes - ringBlocks)
  const confirmed = witness.writes.slice(begin).filter(({ isConfirmed }) => isConfirmed)
  const ring = recordsOf(await readRing(backingFile))
  // What the witness saw before the ring was read may still be on its way here.
  await sleep(50)
  const lost = lostWrites(new Set(confirmed.map(({ id }) => id)), ring, witness.writes.slice(begin))
  const isAnew = isGuestAnew(it, before, witness.writes.at(-1)?.bootId)
  const left = async () => [
    ...(await leftovers(source, holder === 'source')),
    ...(await leftovers(target, holder === 'target')),
  ]
  const isClean = await within(cleanUpMs, async () => ((await left()).length === 0 ? true : undefined))
  const host = holder === 'source' ? source : target
  const isWithout = await within(cleanUpMs, async () =>
    (await notWithout(holder, before, [source, target])) === undefined ? true : undefined,
  )
  const namesHolder = async () => ((await ownerNow(host, backingFile)) === host.host.name ? true : undefined)
  const isNamed = await within(cleanUpMs, namesHolder)
  return [
    ...(isNamed === true ? [] : [`the disk says that the zone is ${await ownerNow(host, backingFile)}'s`]),
    ...secondWriters(witness.writes.slice(Math.max(0, before.writes - 1))),
    ...lost.slice(0, 3),
    ...(isAnew && !mayLoseGuest(it) ? ['the guest was lost without need'] : []),
    ...(isWithout === true ? [] : [String(await notWithout(holder, before, [source, target]))]),
    ...(isClean === true ? [] : await left()),
    ...((await isImageLeft(it, imageFile)) ? ['the image of a guest that went on is left'] : []),
    ...configurationViolations(
      before.configurations,
      configurationsOn(source, target),
      holder,
      it.overwrites,
    ),
  ]
}

/** When a case is judged the guest runs. Where its storage is away just then the image stays, and is worth nothing. */
async function isImageLeft({ verb, faults }: Case, file: string): Promise<boolean> {
  if (verb === undefined || faults.some(({ name }) => name.startsWith('no-storage'))) return false
  await using store = await openFileStore(file, 'read')
  const isGone = async () => ((await hasImage(store)) ? undefined : true)
  return (await within(cleanUpMs, isGone)) === undefined
}

export const configurationsOn = (source: FaultHost, target: FaultHost): Configurations => [
  configurationOn(source),
  configurationOn(target),
]

/**
 * No migration changes a configuration that a host has; the target gets the source's if the zone has moved, and it had none or
 * its own was to be overwritten.
 */
export function configurationViolations(
  [source, target]: Configurations,
  [sourceNow, targetNow]: Configurations,
  holder: Settled['holder'],
  overwrites = false,
): string[] {
  const kept = overwrites && holder === 'target' ? undefined : target
  const due = kept ?? (holder === 'target' ? source : undefined)
  return [
    ...(sourceNow === source ? [] : ["the source's configuration is not what it was"]),
    ...(targetNow === due ? [] : ["the target's configuration is not what it should be"]),
  ]
}

/** What the host without the zone has of it, in words, if that is not what it should. */
async function notWithout(
  holder: Settled['holder'],
  { standing: [, before] }: Before,
  [source, target]: readonly [FaultHost, FaultHost],
): Promise<string | undefined> {
  const now = await standingOn(holder === 'source' ? target : source)
  if (holder === 'source') return now === before ? undefined : `the target was ${before}, and is ${now}`
  return now === 'configured' ? undefined : `the source is ${now}`
}

/** Whose the zone is by its disk, for whoever has the key that this host has. */
async function ownerNow(host: FaultHost, backingFile: string): Promise<string> {
  const record = await ownerOnDisk(backingFile, host.host, zone).catch((error: Error) => error)
  return record instanceof Error ? record.message : (record?.owner.name ?? 'nobody')
}

/** Of a zone that was down there was no guest to be lost. */
export function isGuestAnew({ kind }: Case, { bootId }: Before, now: string | undefined): boolean {
  return kind !== 'cold' && now !== bootId
}
