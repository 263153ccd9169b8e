import type { IscsiSession } from './iscsi-session.ts'

/** Persistent reservations (SPC-4, 6.13 to 6.16): a key that is registered is seen by all, and keeps nobody out. */
const reserveOut = 0x5f
const reserveIn = 0x5e
const registerAndIgnore = 0x06
const readKeysAction = 0x00
const listBytes = 24
const keyBytes = 8
const mostBytes = 8192

/**
 * Registers a key for this session, in place of the one that it had; without a key that is taken back.
 *
 * @throws ZoneError SCSI_REFUSED: the logical unit knows no such keys, or lets nobody register one now
 */
export async function registerKey(
  session: IscsiSession,
  key: Buffer = Buffer.alloc(keyBytes),
): Promise<void> {
  const dataOut = Buffer.alloc(listBytes)
  key.copy(dataOut, 8)
  await session.command({ cdb: [reserveOut, registerAndIgnore, 0, 0, 0, 0, 0, 0, listBytes, 0], dataOut })
}

/** The keys that are registered with the logical unit, by whomever. */
export async function readKeys(session: IscsiSession): Promise<Buffer[]> {
  const cdb = [reserveIn, readKeysAction, 0, 0, 0, 0, 0, mostBytes >> 8, mostBytes & 255, 0]
  const data = await session.command({ cdb, readBytes: mostBytes })
  const keys: Buffer[] = []
  for (let at = keyBytes; at + keyBytes <= data.length; at += keyBytes) {
    keys.push(data.subarray(at, at + keyBytes))
  }
  return keys
}
