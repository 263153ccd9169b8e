import { ZoneError } from '../../errors.ts'
import { areaBytes } from '../../hostdata/owner-record/area.ts'
import type { OwnerRecord } from '../../hostdata/owner-record/owner-record.ts'

/** Solaris's words for it (solaris-kz(7), "Host Data"). */
export function inUse(zone: string, { owner, state, updatedAt, transit }: OwnerRecord): ZoneError {
  const zoneadm = `zoneadm -z ${zone}`
  const lines = [
    `zone '${zone}': is in use by host ${owner.name}`,
    `      last known state: ${state}`,
    `               host id: ${owner.id}`,
    `      last update time: ${updatedAt}`,
    ...(transit === undefined ? [] : [`      on its way to: ${transit.to.name}`]),
  ]
  return new ZoneError(lines.join('\n'), {
    code: 'ZONE_IN_USE',
    remedy: [
      `To fix, detach the zone from the other host, then attach it to this host: on ${owner.name} ${zoneadm} detach, here ${zoneadm} attach`,
      `Only if it is not active on another host (two that run on one disk destroy it): ${zoneadm} attach -x force-takeover`,
    ].join('\n'),
  })
}

/** Whether the error says something of the zone itself, which will not change by waiting. */
export function isVerdict(error: unknown): error is ZoneError {
  return error instanceof ZoneError && /^(ZONE_IN_USE|HOSTDATA_|KEY_)/.test(error.code)
}

/** What a host remembers as the reason: one line. */
export function reasonOf({ message }: ZoneError, zone: string): string {
  return message
    .replace(`zone '${zone}': `, '')
    .split('\n')
    .map((line) => line.trim())
    .join(', ')
}

/**
 * Says with an error of the host data what an operator of this zone can do.
 *
 * @param keyFile where the zone's key lies
 */
export function forOperator(zone: string, keyFile: string, error: unknown): unknown {
  if (!(error instanceof ZoneError) || !/^(HOSTDATA_|KEY_WRONG)/.test(error.code)) return error
  if (error.remedy !== undefined) return error
  const anew = `if the zone runs nowhere, begin anew: zoneadm -z ${zone} attach -x initialize-hostdata`
  const remedies: Readonly<Record<string, string>> = {
    KEY_WRONG: `Put the key with which they were sealed into ${keyFile}, or ${anew}`,
    HOSTDATA_OTHER: `Look whether this is the right disk. If nobody needs what is there: zoneadm -z ${zone} install -x initialize-hostdata, or attach with the same`,
    HOSTDATA_SHRUNK: `Look whether this is the right disk. Make it as large again, and look whether what was at its end has come back; then zoneadm -z ${zone} attach. If what is left is enough, and ${anew}`,
    HOSTDATA_SWAPPED: `Compare the storage of its devices: zonecfg -z ${zone} info device. Give each the disk that it had; or ${anew}`,
    HOSTDATA_OLD: `Look whether the disk was restored from a backup or a snapshot. If that is what you want, and ${anew}`,
  }
  const remedy = remedies[error.code] ?? `Look whether this is the right disk, and whole; ${anew}`
  const words =
    error.code === 'KEY_WRONG' ? `${error.message}. Its host data were sealed with another` : error.message
  return new ZoneError(`zone '${zone}': ${words}`, { code: error.code, remedy, cause: error })
}

/**
 * Why storage is too small for the host data that were behind what the guest sees of it.
 *
 * @param guestBytes undefined: that is not known
 * @returns undefined: it is as large as it was, or larger
 */
export function storageShrunk(
  place: string,
  bytes: number,
  guestBytes: number | undefined,
): ZoneError | undefined {
  const neededBytes = (guestBytes ?? 0) + areaBytes
  if (guestBytes === undefined || bytes >= neededBytes) return undefined
  return new ZoneError(
    `"${place}" has become smaller, or is another disk: it has ${bytes} bytes, and had at least ${neededBytes}, with the host data at their end`,
    { code: 'HOSTDATA_SHRUNK' },
  )
}

/** The same where another device says whose the zone is, so that they can be written anew. */
export function notThere(zone: string, place: string): ZoneError {
  const { message, code } = hostDataGone(place)
  return new ZoneError(`zone '${zone}': ${message}`, {
    code,
    remedy: `Look whether this is the right disk. If it is, they are written anew by: zoneadm -z ${zone} attach (of a zone that is installed, halt and detach it before)`,
  })
}

export function hostDataGone(place: string): ZoneError {
  return new ZoneError(`The host data on "${place}" are not there any more`, { code: 'HOSTDATA_MISSING' })
}

/** Storage is the boot device of another zone. */
export function anotherZones(zone: string, place: string, uuid: string, remedy: string): ZoneError {
  return new ZoneError(
    `zone '${zone}': "${place}" is the boot device of the zone with uuid ${uuid}, by its host data`,
    { code: 'HOSTDATA_OTHER', remedy },
  )
}
