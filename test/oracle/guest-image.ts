import { openPlace, placeText } from '../../src/agent/lifecycle/image-place.ts'
import { isKnown } from '../../src/facts/schema.ts'
import { openImage } from '../../src/hostdata/suspend-image/read-image.ts'
import { beginImage } from '../../src/hostdata/suspend-image/write-image.ts'
import { loadState } from '../../src/migration/load-state.ts'
import { saveState } from '../../src/migration/save-state.ts'
import type { QmpConnection } from '../../src/qmp/connection.ts'
import { type ImagePlace, type Suspension, suspension } from '../../src/vm/suspension.ts'
import type { GuestOnHost } from './guest-on-host.ts'
import { contractOf, type HostPlace, zonename } from './host-place.ts'

const zone = { name: zonename }
const timeoutMs = 60_000

/** Stops a guest and writes all of its state to where its configuration says, sealed with the zone's key, as a suspension does. */
export async function writeGuestImage(
  place: HostPlace,
  guest: GuestOnHost,
  zoneKey: Buffer,
): Promise<Suspension> {
  const { machine, configText } = guest
  const boot = await guest.bootRecord()
  if (!isKnown(boot)) throw new Error(boot.unknown)
  const suspended: Suspension = {
    schema: 1,
    imageId: crypto.randomUUID(),
    place: placeOf(configText),
    suspendedAt: new Date().toISOString(),
    host: place.name,
    spec: machine.spec,
    boot: boot.known,
    configText,
  }
  const { imageId, spec } = suspended
  const signal = AbortSignal.timeout(timeoutMs)
  await using store = await openPlace(place, zone, suspended.place, { writable: true, signal })
  const description = Buffer.from(JSON.stringify(suspended))
  const image = await beginImage(store, { imageId, zone: spec.uuid, zoneKey, description })
  const socket = place.layout.stateSocket(zonename)
  await saveState(machine.qemu.qmp, (state, either) => image.write(state, either), {
    socket,
    signal,
    onProgress: () => undefined,
  })
  await image.finish()
  return suspended
}

function placeOf(configText: string): ImagePlace {
  const { storage, path } = contractOf(configText).suspend ?? {}
  if (storage !== undefined) return { storage }
  if (path !== undefined) return { path }
  throw new Error('The configuration names no place for the image')
}

/** An image that has been opened, and what it says of its guest. */
export interface GuestImage extends AsyncDisposable {
  readonly suspended: Suspension
  /** Gives the guest to a machine that waits for it. */
  load(qmp: QmpConnection): Promise<void>
}

/**
 * Opens the image of a suspended guest as this host sees it.
 *
 * @param wanted id and place of the image, and the zone's uuid, as the host knows them that suspended the guest
 * @throws ZoneError of an image that cannot be reached, or is another one
 */
export async function openGuestImage(
  place: HostPlace,
  { imageId, place: at, spec }: Pick<Suspension, 'imageId' | 'place' | 'spec'>,
  zoneKey: Buffer,
): Promise<GuestImage> {
  const signal = AbortSignal.timeout(timeoutMs)
  await using undo = new AsyncDisposableStack()
  const store = undo.use(await openPlace(place, zone, at, { writable: false, signal }))
  const expected = { imageId, zone: spec.uuid, zoneKey, place: placeText(at) }
  const image = await openImage(store, expected)
  const owned = undo.move()
  return {
    suspended: suspension.parse(JSON.parse(image.description.toString())),
    load: (qmp) =>
      loadState(qmp, (take) => image.readTo(take, signal), {
        socket: place.layout.stateSocket(zonename),
        signal,
      }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
