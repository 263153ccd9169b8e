import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * Takes a lock that the kernel releases when this process dies, however it dies. Node offers no file locks; SQLite's
 * are such locks, so an empty database held in an exclusive transaction serves as one.
 *
 * @param path of the lock file; made if missing, never removed
 * @returns the held lock, or undefined if another process holds it
 */
export function exclusiveLock(path: string): Disposable | undefined {
  mkdirSync(dirname(path), { recursive: true })
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    database.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (error instanceof Error && error.message.includes('locked')) return undefined
    throw error
  }
  return { [Symbol.dispose]: () => database.close() }
}
