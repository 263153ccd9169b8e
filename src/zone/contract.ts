/**
 * The contract: what a kernel zone's configuration promises to its guest, typed, with tokens expanded and defaults
 * applied. It is plain data, made from the configuration by `toContract()`, and all that the rooms above read.
 */
export interface Contract {
  readonly zonename: string
  readonly brand: 'solaris-kz'
  readonly autoboot: boolean
  readonly autoshutdown: 'shutdown' | 'halt' | 'suspend'
  readonly bootargs: string
  /** 32-bit host id as `0x…`, or undefined if unset. */
  readonly hostid: string | undefined
  /** CPU migration class, or undefined if unset. */
  readonly cpuArch: string | undefined
  /** Host feature level and modifiers, in the order written; empty if unset. */
  readonly hostCompatible: readonly string[]
  readonly memory: ContractMemory
  /** Number of virtual CPUs. */
  readonly ncpus: number
  /** In order of id. */
  readonly devices: readonly ContractDevice[]
  /** `anet` and `net` resources, `anet` first, each in order of id. */
  readonly nics: readonly ContractNic[]
  readonly suspend: { readonly path?: string; readonly storage?: string } | undefined
}

export interface ContractMemory {
  readonly physicalBytes: number
  readonly pagesizePolicy: string | undefined
  /** Only with the policy `fixed`. */
  readonly pagesizeBytes: number | undefined
  /** Name of a memory reservation pool, `memory-reserve`. */
  readonly reserve?: string
}

export interface ContractDevice {
  readonly id: number
  /** Storage URI with tokens expanded; undefined if the device is given by `match`. */
  readonly storage: string | undefined
  readonly match: string | undefined
  /** Undefined for a data disk. */
  readonly bootpri: number | undefined
  readonly createSizeBytes: number | undefined
  readonly allowMhd: boolean
}

export interface ContractNic {
  readonly kind: 'anet' | 'net'
  readonly id: number
  /** Full MAC address, lower case, two digits each; undefined if `auto` and not generated yet. */
  readonly macAddress: string | undefined
  /** `auto` or the name of a bridge on the host (`physical` for a `net`). */
  readonly lowerLink: string
  readonly vlanId: number | undefined
  readonly mtu: number | undefined
  /** Every property and sub-resource of the NIC as canonical text, for comparison: the must-match rule reads this. */
  readonly properties: Readonly<Record<string, string>>
}
