import { join } from 'node:path'
import { lookAtArea, slotsOfArea } from '../../hostdata/owner-record/area.ts'
import type { OwnerRecord } from '../../hostdata/owner-record/owner-record.ts'
import { openSlot } from '../../hostdata/owner-record/slot.ts'
import type { Host } from '../host.ts'
import { noSuchZone } from '../zone.ts'
import { findArea } from './at-host-data.ts'
import { atHostData, hostDataDevices } from './open-host-data.ts'
import { ownerPlaces } from './own.ts'
import { sealedKeys } from './zone-key.ts'

/** One of the two copies, as whoever has the key sees it. */
export interface Copy {
  readonly status: 'blank' | 'damaged' | 'wrong key' | 'open'
  /** Its place in the order of all that were written. */
  readonly sequence: number | null
  readonly record: OwnerRecord | null
}

/** What is at the end of a boot device. */
export interface ShownArea {
  /** Of a zone: the device; null: storage that was named. */
  readonly device: number | null
  readonly storage: string
  readonly sizeBytes: number
  readonly status: 'blank' | 'data' | 'host data'
  /** Newest first. */
  readonly copies: readonly Copy[]
}

/** What is at the end of the first boot device, which holds, and of the others that have it, too. */
export interface ShownHostData extends ShownArea {
  readonly replicas: readonly ShownArea[]
}

/** Where to look, and with what: a zone of this host with its own key, or any storage with a given one. */
export type Wanted = { readonly zone: string } | { readonly uri: string; readonly key: Buffer }

/**
 * Shows the host data of storage, or of all boot devices of a zone, to whoever has the key. Changes nothing, and judges nothing: what is of another zone or an
 * older state is shown as it is.
 *
 * @throws ZoneError NO_SUCH_ZONE, KEY_*, STORAGE_UNREACHABLE, SURI_*
 */
export async function showHostData(host: Host, wanted: Wanted): Promise<ShownHostData | undefined> {
  const { places, keys } = 'zone' in wanted ? await ofZone(host, wanted.zone) : ofStorage(wanted)
  const shown: ShownArea[] = []
  for (const place of places) shown.push(await showArea(host, place, keys))
  const [lead, ...replicas] = shown
  return lead && { ...lead, replicas }
}

interface ShownPlace {
  readonly device: number | null
  readonly uri: string
  readonly sizeBytes: number | undefined
}

function showArea(
  { layout, storage }: Host,
  { device, uri, sizeBytes }: ShownPlace,
  keys: readonly Buffer[],
): Promise<ShownArea> {
  // Whoever looks is in nobody's way.
  const socket = join(layout.runFolder, `${crypto.randomUUID().slice(0, 8)}.hostdata`)
  return atHostData(uri, storage, { socket, writable: false }, async (place) => {
    const { area } = await findArea(place, sizeBytes)
    const copies = slotsOfArea(area).map((block) => copyOf(block, keys))
    const newestFirst = copies.toSorted((a, b) => (b.sequence ?? 0) - (a.sequence ?? 0))
    const { status } = lookAtArea(area)
    return { device, storage: uri, sizeBytes: place.sizeBytes, status, copies: newestFirst }
  })
}

async function ofZone(host: Host, name: string) {
  const zone = host.registry.find(name)
  if (zone === undefined) throw noSuchZone(name)
  const known = await ownerPlaces(host, zone)
  const devices = hostDataDevices(await host.registry.contract(name))
  const possible = devices.map(({ id, storage }) => ({ device: id, uri: storage, sizeBytes: undefined }))
  const places: readonly ShownPlace[] = known.length > 0 ? known : possible
  return { places, keys: await sealedKeys(host, zone) }
}

function ofStorage({ uri, key }: { readonly uri: string; readonly key: Buffer }) {
  const places: readonly ShownPlace[] = [{ device: null, uri, sizeBytes: undefined }]
  return { places, keys: [key] }
}

function copyOf(block: Buffer, keys: readonly Buffer[]): Copy {
  const contents = keys.map((key) => openSlot(block, key))
  const content = contents.find(({ status }) => status === 'open') ?? contents[0]
  if (content?.status !== 'open')
    return { status: content?.status ?? 'damaged', sequence: null, record: null }
  return { status: 'open', sequence: content.sequence, record: content.record }
}
