import type { Contract, ContractDevice, ContractNic } from '../zone/contract.ts'
import { findProperty } from '../zone/schema/resource-type.ts'
import { zoneType } from '../zone/schema/zone-type.ts'
import { exactBytes } from './bytes.ts'

/** Unset and default are equal. */
const defaultCpuArch = findProperty(zoneType, 'cpu-arch')?.default

/** One value that has to be the same in the configurations of both hosts. */
export interface MustMatch {
  /** Resource type; undefined for a global property. */
  readonly resource: string | undefined
  /** Only for resources of which there can be several. */
  readonly id: number | undefined
  readonly property: string
  /** As canonical text. */
  readonly value: string
}

/**
 * Every value of a configuration that has to be the same on both hosts ("About Migration and Compatible
 * Configurations" of the kernel zones book). Whatever is not set is left out: unset on both sides is equal.
 */
export function mustMatch(contract: Contract): MustMatch[] {
  const { memory } = contract
  return [
    one(undefined, 'zonename', contract.zonename),
    one(undefined, 'brand', contract.brand),
    one(undefined, 'cpu-arch', contract.cpuArch ?? defaultCpuArch),
    // Compared as written: `adi` and `level1` are refused although both enable the same feature, as on Solaris.
    one(undefined, 'host-compatible', contract.hostCompatible.join(',') || undefined),
    one('capped-memory', 'physical', exactBytes(memory.physicalBytes)),
    one('capped-memory', 'pagesize-policy', memory.pagesizePolicy),
    one('capped-memory', 'pagesize', optionalBytes(memory.pagesizeBytes)),
    one('virtual-cpu', 'ncpus', String(contract.ncpus)),
    ...contract.devices.map(ofDevice),
    ...contract.nics.map(ofNic),
  ].flat()
}

/** How a value is named in a report: `brand`, `capped-memory:physical`, `device 0:storage`. */
export function pathOf({ resource, id, property }: Omit<MustMatch, 'value'>): string {
  if (resource === undefined) return property
  return id === undefined ? `${resource}:${property}` : `${resource} ${id}:${property}`
}

function one(
  resource: string | undefined,
  property: string,
  value: string | undefined,
  id?: number,
): MustMatch[] {
  return value === undefined ? [] : [{ resource, id, property, value }]
}

function ofDevice({ id, storage, match, bootpri }: ContractDevice): MustMatch[] {
  return [
    one('device', 'storage', storage, id),
    one('device', 'match', match, id),
    one('device', 'bootpri', bootpri?.toString(), id),
  ].flat()
}

/** An `auto` MAC address is compared by the address that was generated for it: that one the guest knows. */
function ofNic({ kind, id, macAddress, properties }: ContractNic): MustMatch[] {
  const { 'auto-mac-address': _, ...written } = properties
  const values = macAddress === undefined ? written : { ...written, 'mac-address': macAddress }
  return Object.entries(values).flatMap(([property, value]) => one(kind, property, value, id))
}

function optionalBytes(bytes: number | undefined): string | undefined {
  return bytes === undefined ? undefined : exactBytes(bytes)
}
