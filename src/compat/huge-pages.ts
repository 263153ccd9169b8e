import type { BootRecord } from '../facts/schema.ts'
import type { Contract } from '../zone/contract.ts'

interface Pool {
  readonly sizeBytes: number
  readonly free: number
}

/** Whether the guest's memory came from a pool of huge pages on the host where it booted. */
export function isPoolBacked(booted: BootRecord, poolsThere: readonly Pool[]): boolean {
  return poolsThere.some(({ sizeBytes }) => sizeBytes === booted.pagesizeBytes)
}

/** How many bytes of pages of the guest's size a host has free. */
export function freeInPool(booted: BootRecord, pools: readonly Pool[]): number {
  const pool = pools.find(({ sizeBytes }) => sizeBytes === booted.pagesizeBytes)
  return pool === undefined ? 0 : pool.free * pool.sizeBytes
}

/** Whether the page-size policy lets the zone do with smaller pages than it had. */
export function mayUseSmallerPages({ memory }: Contract): boolean {
  return memory.pagesizePolicy !== 'fixed' && memory.pagesizePolicy !== 'largest-only'
}
