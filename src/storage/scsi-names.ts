import type { WorldWideName } from '../zone/suri/suri.ts'
import type { IscsiSession } from './iscsi-session.ts'

const inquiry = 0x12
const modeSense = 0x1a
const allPages = 0x3f
const modeBytes = 192
const reportLuns = 0xa0
const identificationPage = 0x83
const mostBytes = 4096
const inquiryBytes = 36
/** Kinds of designators of a logical unit (SPC-4, 7.8.6). */
const formats: Readonly<Record<number, WorldWideName['format']>> = { 2: 'eui', 3: 'naa' }

/**
 * The world-wide names of a logical unit: NAA first, and long ones, which are unique, before short ones.
 *
 * @param lun by default that of the session's place
 * @throws ZoneError SCSI_REFUSED
 */
export async function readNames(session: IscsiSession, lun?: number): Promise<WorldWideName[]> {
  const cdb = [inquiry, 1, identificationPage, mostBytes >> 8, mostBytes & 255, 0]
  const page = await session.command({ cdb, readBytes: mostBytes, ...(lun === undefined ? {} : { lun }) })
  const names: WorldWideName[] = []
  for (let at = 4; at + 4 <= page.length; at += 4 + (page[at + 3] ?? 0)) {
    const [kind = 0, length = 0] = [page[at + 1], page[at + 3]]
    const isOfUnit = (kind & 0x30) === 0
    const format = formats[kind & 0x0f]
    const hex = page.subarray(at + 4, at + 4 + length).toString('hex')
    if (isOfUnit && format !== undefined && hex.length === length * 2) names.push({ format, hex })
  }
  const weight = ({ format, hex }: WorldWideName) => (format === 'naa' ? 1000 : 0) + hex.length
  return names.toSorted((a, b) => weight(b) - weight(a))
}

/**
 * Whether the session's logical unit takes no writes (SPC-4, 7.5.4, WP).
 *
 * @throws ZoneError SCSI_REFUSED
 */
export async function isProtected(session: IscsiSession): Promise<boolean> {
  const data = await session.command({ cdb: [modeSense, 0, allPages, 0, modeBytes, 0], readBytes: modeBytes })
  return ((data[2] ?? 0) & 0x80) !== 0
}

/**
 * Whether a logical unit is a disk that is there, and not a target's controller.
 *
 * @throws ZoneError SCSI_REFUSED
 */
export async function isDisk(session: IscsiSession, lun: number): Promise<boolean> {
  const data = await session.command({
    cdb: [inquiry, 0, 0, 0, inquiryBytes, 0],
    readBytes: inquiryBytes,
    lun,
  })
  // Peripheral qualifier and type: connected, direct access.
  return data[0] === 0
}

/**
 * The numbers of a target's logical units that this host may see.
 *
 * @throws ZoneError SCSI_REFUSED
 */
export async function readLuns(session: IscsiSession): Promise<number[]> {
  const cdb = [reportLuns, 0, 0, 0, 0, 0, 0, 0, mostBytes >> 8, mostBytes & 255, 0, 0]
  const list = await session.command({ cdb, readBytes: mostBytes, lun: 0 })
  const luns: number[] = []
  // The upper two bits of an address tell how it is written.
  for (let at = 8; at + 8 <= list.length; at += 8) luns.push(list.readUInt16BE(at) & 0x3fff)
  return luns
}
