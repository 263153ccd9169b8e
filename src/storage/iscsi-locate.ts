import { ZoneError } from '../errors.ts'
import { formatSuri } from '../zone/suri/format-suri.ts'
import type { IscsiSuri, WorldWideName } from '../zone/suri/suri.ts'
import { withPort } from '../zone/suri/with-port.ts'
import { readCredentials } from './credentials.ts'
import type { StorageContext } from './driver.ts'
import type { IscsiPortal } from './iscsi-connection.ts'
import { discoverTargets, type FoundTarget, knownPortals } from './iscsi-discovery.ts'
import { type IscsiPlace, IscsiSession } from './iscsi-session.ts'
import { readLuns, readNames } from './scsi-names.ts'

export const iscsiPort = 3260

/**
 * Where the logical unit of a URI is. One that is named by a world-wide name is looked for on the portal of the URI; without
 * a portal, on those that the host's own initiator was told.
 *
 * @throws ZoneError STORAGE_UNREACHABLE, CREDENTIALS_UNSAFE, and as `IscsiSession.open()`
 */
export async function locate(
  suri: IscsiSuri,
  context: StorageContext,
  signal: AbortSignal,
): Promise<IscsiPlace> {
  const { authority, unit } = suri
  if (authority !== undefined && unit.by === 'target') {
    return placeOf({ ...withPort(authority, iscsiPort), target: unit.target }, unit.lun, context)
  }
  const portals = authority === undefined ? await knownPortals(context) : [withPort(authority, iscsiPort)]
  if (portals.length === 0) throw noPortals(suri)
  const failures: Failure[] = []
  for (const portal of portals) {
    try {
      const place = await findOn(portal, unit, { context, failures, signal })
      if (place !== undefined) return place
    } catch (error) {
      signal.throwIfAborted()
      // A portal of the URI is the only one.
      if (authority !== undefined) throw error
      failures.push({ where: portal.host, error: error as Error })
    }
  }
  throw notFound(suri, portals, failures)
}

/** What was not looked at, and why: the unit may be there. */
interface Failure {
  readonly where: string
  readonly error: Error
}

interface Search {
  readonly context: StorageContext
  readonly failures: Failure[]
  readonly signal: AbortSignal
}

async function findOn(
  portal: IscsiPortal,
  unit: IscsiSuri['unit'],
  { context, failures, signal }: Search,
): Promise<IscsiPlace | undefined> {
  for await (const place of targetsOf(portal, context, signal)) {
    if (unit.by === 'target') {
      if (place.target === unit.target) return { ...place, lun: unit.lun }
    } else {
      const lun = await findUnit(place, unit.luname, signal).catch((error: Error) => {
        signal.throwIfAborted()
        failures.push({ where: place.target, error })
      })
      if (lun !== undefined) return { ...place, lun }
    }
  }
  return undefined
}

/** The targets that a portal shows this host, each with what this host has to say who it is. */
export async function* targetsOf(
  portal: IscsiPortal,
  context: StorageContext,
  signal: AbortSignal,
): AsyncGenerator<IscsiPlace> {
  const credentials = await readCredentials(context, 'iscsi', [portal.host])
  const { initiatorName } = context
  for (const found of await discoverTargets(portal, { initiatorName, credentials }, signal)) {
    yield await placeOf(found, 0, context)
  }
}

async function findUnit(
  place: IscsiPlace,
  { format, hex }: WorldWideName,
  signal: AbortSignal,
): Promise<number | undefined> {
  await using session = await IscsiSession.open(place, signal)
  for (const lun of await readLuns(session)) {
    const names = await readNames(session, lun).catch(() => [])
    if (names.some((name) => name.format === format && name.hex === hex)) return lun
  }
  return undefined
}

async function placeOf(
  { host, port, target }: FoundTarget,
  lun: number,
  context: StorageContext,
): Promise<IscsiPlace> {
  const credentials = await readCredentials(context, 'iscsi', [target, host])
  return { host, port, target, lun, initiatorName: context.initiatorName, credentials }
}

function noPortals(suri: IscsiSuri): ZoneError {
  return new ZoneError(`Cannot open "${formatSuri(suri)}": this host knows no iSCSI portal to look for it`, {
    code: 'STORAGE_UNREACHABLE',
    remedy:
      'Name the host in the URI, or tell the portal to the initiator of this host: iscsiadm -m discovery -t sendtargets -p HOST',
  })
}

function notFound(suri: IscsiSuri, portals: readonly IscsiPortal[], failures: readonly Failure[]): ZoneError {
  const places = portals.map(({ host, port }) => `${host}:${port}`).join(', ')
  const what = suri.unit.by === 'luname' ? 'logical unit of this name' : 'target of this name'
  const unseen = failures.map(({ where, error }) => `${where}: ${error.message}`).join('; ')
  const [remedy] = failures.flatMap(({ error }) => (error instanceof ZoneError ? (error.remedy ?? []) : []))
  return new ZoneError(
    `Cannot open "${formatSuri(suri)}": ${places} shows this host no ${what}${unseen === '' ? '' : ` (${unseen})`}`,
    {
      code: 'STORAGE_UNREACHABLE',
      remedy:
        remedy ??
        'Check the name, and that the storage shows the unit to initiator and address of this host: suriadm lookup-uri -t iscsi',
    },
  )
}
