import { readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { ZoneError } from '../errors.ts'
import { formatSuri } from '../zone/suri/format-suri.ts'
import type { IscsiSuri, WorldWideName } from '../zone/suri/suri.ts'
import type { StorageContext } from './driver.ts'
import type { IscsiPortal } from './iscsi-connection.ts'
import { knownPortals } from './iscsi-discovery.ts'
import { iscsiPort, targetsOf } from './iscsi-locate.ts'
import { IscsiSession } from './iscsi-session.ts'
import { isDisk, readLuns, readNames } from './scsi-names.ts'

const portalTimeoutMs = 15_000

export interface StorageFilter {
  /** World-wide name of the unit (`naa.…`, `eui.…`). */
  readonly luname?: string | undefined
  /** Name of an iSCSI target, or of a port (`naa.…`) behind which units are. */
  readonly target?: string | undefined
  /** Number of a unit. */
  readonly lun?: number | undefined
}

/** The URIs `lu:` of the devices that udev knows by a world-wide name; of one device only, if its path is given. */
export async function findLus(
  context: StorageContext,
  { luname, target, lun }: StorageFilter,
  device?: string,
): Promise<string[]> {
  const { root } = context
  const isByPort = target !== undefined || lun !== undefined
  const wanted = isByPort ? await devicesBehind(context, target, lun) : undefined
  const own = device === undefined ? undefined : await realpath(device)
  const found = new Set<string>()
  for (const folder of new Set([join(root, 'dev/disk/by-id'), '/dev/disk/by-id'])) {
    for (const entry of await readdir(folder).catch(() => [])) {
      const name = nameOf(entry)
      if (name === undefined || (luname !== undefined && luname !== `${name.format}.${name.hex}`)) continue
      const path = await realpath(join(folder, entry)).catch(() => '')
      if ((own !== undefined && path !== own) || wanted?.has(path) === false) continue
      found.add(formatSuri({ scheme: 'lu', luname: name, path: undefined }))
    }
  }
  return [...found].toSorted()
}

/** The devices that udev has found behind a target port (`naa.…`), or under a number. */
async function devicesBehind(
  { root }: StorageContext,
  target: string | undefined,
  lun: number | undefined,
): Promise<ReadonlySet<string>> {
  const port = target === undefined ? '[0-9a-f]+' : /^naa\.([0-9a-f]+)$/i.exec(target)?.[1]?.toLowerCase()
  if (port === undefined) return new Set()
  const way = new RegExp(`-(?:fc|sas)-0x${port}-lun-${lun ?? '\\d+'}$`)
  const devices: string[] = []
  for (const folder of new Set([join(root, 'dev/disk/by-path'), '/dev/disk/by-path'])) {
    for (const entry of await readdir(folder).catch(() => [])) {
      if (way.test(entry)) devices.push(await realpath(join(folder, entry)).catch(() => ''))
    }
  }
  return new Set(devices)
}

/** What udev's name of a whole disk says. */
function nameOf(entry: string): WorldWideName | undefined {
  const [, naa, eui] =
    /^(?:(?:dm-uuid-mpath-3|scsi-3|wwn-0x)([0-9a-f]{16}|[0-9a-f]{32})|(?:nvme-eui\.|scsi-2)([0-9a-f]{16}|[0-9a-f]{32}))$/.exec(
      entry,
    ) ?? []
  if (naa !== undefined) return { format: 'naa', hex: naa }
  return eui === undefined ? undefined : { format: 'eui', hex: eui }
}

/**
 * The URIs `iscsi:` of the logical units that portals show this host, by world-wide name and by target.
 *
 * @param portal undefined: those that the host's own initiator was told
 * @throws ZoneError STORAGE_UNREACHABLE
 */
export async function findIscsiUnits(
  portal: { readonly host: string; readonly port: number | undefined } | undefined,
  filter: StorageFilter,
  context: StorageContext,
  signal: AbortSignal,
): Promise<string[]> {
  const portals = portal === undefined ? await knownPortals(context) : [portal]
  const found: string[] = []
  for (const { host, port } of portals) {
    const within = AbortSignal.any([signal, AbortSignal.timeout(portalTimeoutMs)])
    try {
      found.push(...(await unitsOf({ host, port: port ?? iscsiPort }, filter, context, within)))
    } catch (error) {
      signal.throwIfAborted()
      const words = within.aborted ? `no answer within ${portalTimeoutMs} ms` : (error as Error).message
      throw new ZoneError(`Cannot ask ${host} for its storage: ${words}`, {
        code: 'STORAGE_UNREACHABLE',
        remedy:
          (error instanceof ZoneError ? error.remedy : undefined) ??
          'Check that it is up and shows this host its targets',
        cause: error,
      })
    }
  }
  return found
}

async function unitsOf(
  portal: IscsiPortal,
  filter: StorageFilter,
  context: StorageContext,
  signal: AbortSignal,
): Promise<string[]> {
  const found: string[] = []
  for await (const place of targetsOf(portal, context, signal)) {
    if (filter.target !== undefined && filter.target !== place.target) continue
    await using session = await IscsiSession.open(place, signal).catch(() => undefined)
    if (session === undefined) continue
    const authority = { host: place.host, port: place.port === iscsiPort ? undefined : place.port }
    const uri = (unit: IscsiSuri['unit']) => formatSuri({ scheme: 'iscsi', authority, unit })
    for (const lun of await readLuns(session)) {
      if (filter.lun !== undefined && filter.lun !== lun) continue
      if (!(await isDisk(session, lun).catch(() => false))) continue
      const [luname] = await readNames(session, lun).catch(() => [])
      const name = luname === undefined ? undefined : `${luname.format}.${luname.hex}`
      if (filter.luname !== undefined && filter.luname !== name) continue
      if (luname !== undefined) found.push(uri({ by: 'luname', luname }))
      found.push(uri({ by: 'target', target: place.target, lun }))
    }
  }
  return found
}
