import { join } from 'node:path'
import { lookAtArea, slotsOfArea } from '../../hostdata/owner-record/area.ts'
import type { OwnerRecord } from '../../hostdata/owner-record/owner-record.ts'
import { openSlot } from '../../hostdata/owner-record/slot.ts'
import type { Host } from '../host.ts'
import { noSuchZone } from '../zone.ts'
import { findArea } from './at-host-data.ts'
import { atHostData, hostDataDevice } from './open-host-data.ts'
import { hostDataUri } from './own.ts'
import { sealedKeys } from './zone-key.ts'

/** One of the two copies, as whoever has the key sees it. */
export interface Copy {
  readonly status: 'blank' | 'damaged' | 'wrong key' | 'open'
  /** Its place in the order of all that were written. */
  readonly sequence: number | null
  readonly record: OwnerRecord | null
}

/** What is at the end of a boot device. */
export interface ShownHostData {
  readonly storage: string
  readonly sizeBytes: number
  readonly status: 'blank' | 'data' | 'host data'
  /** Newest first. */
  readonly copies: readonly Copy[]
}

/** Where to look, and with what: a zone of this host with its own key, or any storage with a given one. */
export type Wanted = { readonly zone: string } | { readonly uri: string; readonly key: Buffer }

/**
 * Shows the host data of a boot device to whoever has the key. Changes nothing, and judges nothing: what is of another zone or an
 * older state is shown as it is.
 *
 * @throws ZoneError NO_SUCH_ZONE, KEY_*, STORAGE_UNREACHABLE, SURI_*
 */
export async function showHostData(host: Host, wanted: Wanted): Promise<ShownHostData | undefined> {
  const { uri, keys, former } =
    'zone' in wanted
      ? await ofZone(host, wanted.zone)
      : { uri: wanted.uri, keys: [wanted.key], former: undefined }
  if (uri === undefined) return undefined
  // Whoever looks is in nobody's way.
  const socket = join(host.layout.runFolder, `${crypto.randomUUID().slice(0, 8)}.hostdata`)
  return atHostData(uri, host.storage, { socket, writable: false }, async (place) => {
    const { area } = await findArea(place, former)
    const copies = slotsOfArea(area).map((block) => copyOf(block, keys))
    const newestFirst = copies.toSorted((a, b) => (b.sequence ?? 0) - (a.sequence ?? 0))
    return { storage: uri, sizeBytes: place.sizeBytes, status: lookAtArea(area).status, copies: newestFirst }
  })
}

async function ofZone(host: Host, name: string) {
  const zone = host.registry.find(name)
  if (zone === undefined) throw noSuchZone(name)
  const uri = (await hostDataUri(host, zone)) ?? hostDataDevice(await host.registry.contract(name))?.storage
  return { uri, keys: await sealedKeys(host, zone), former: zone.record.hostData?.sizeBytes }
}

function copyOf(block: Buffer, keys: readonly Buffer[]): Copy {
  const contents = keys.map((key) => openSlot(block, key))
  const content = contents.find(({ status }) => status === 'open') ?? contents[0]
  if (content?.status !== 'open')
    return { status: content?.status ?? 'damaged', sequence: null, record: null }
  return { status: 'open', sequence: content.sequence, record: content.record }
}
