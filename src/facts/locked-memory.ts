import { readFile } from 'node:fs/promises'
import type { LockedMemory } from './platform-schema.ts'

/** CAP_IPC_LOCK of capabilities(7): whoever has it may lock as much as there is. */
const ipcLock = 1n << 14n

/**
 * Reads the texts of /proc/PID/limits and /proc/PID/status, proc(5).
 *
 * @throws Error if they do not tell
 */
export function parseLockLimit(limits: string, status: string): LockedMemory {
  const capabilities = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1]
  const soft = /^Max locked memory\s+(\d+|unlimited)\s/m.exec(limits)?.[1]
  if (capabilities === undefined || soft === undefined) {
    throw new Error('/proc does not tell how much memory may be locked')
  }
  const isFree = soft === 'unlimited' || (BigInt(`0x${capabilities}`) & ipcLock) !== 0n
  return { limitBytes: isFree ? null : Number(soft) }
}

/** How much memory this process, and what it starts, may lock. */
export async function readLockLimit(): Promise<LockedMemory> {
  const [limits, status] = await Promise.all(
    ['limits', 'status'].map((file) => readFile(`/proc/self/${file}`, 'utf8')),
  )
  return parseLockLimit(limits ?? '', status ?? '')
}

/**
 * How much memory a process has locked, in bytes: VmLck of proc(5).
 *
 * @throws Error if there is no such process
 */
export async function lockedBytes(pid: number): Promise<number> {
  const kibibytes = /^VmLck:\s*(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
  if (kibibytes === undefined) throw new Error(`process ${pid} has ended`)
  return Number(kibibytes) * 1024
}
