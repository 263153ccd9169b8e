import { parseSuri } from '../zone/suri/parse-suri.ts'
import type { StorageContext } from './driver.ts'
import { driverOf } from './storage.ts'

/** Storage that does not answer sooner is looked at by others. */
const timeoutMs = 3_000

/**
 * Puts a mark on a storage object that everyone sees who opens the same one. What the guest has on it is not touched.
 *
 * @param mark 8 random bytes
 * @returns what takes it back, or undefined if this kind of storage has no place for marks
 * @throws if the object cannot be reached or takes no mark; the signal's reason
 */
export async function placeMark(
  uri: string,
  context: StorageContext,
  mark: Buffer,
  signal: AbortSignal,
): Promise<AsyncDisposable | undefined> {
  const suri = parseSuri(uri)
  return await driverOf(suri).placeMark?.(suri, context, mark, within(signal))
}

/** Whether a storage object, as this host opens it, has the mark. Undefined and errors as `placeMark()`. */
export async function seesMark(
  uri: string,
  context: StorageContext,
  mark: Buffer,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const suri = parseSuri(uri)
  return await driverOf(suri).seesMark?.(suri, context, mark, within(signal))
}

function within(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
}
