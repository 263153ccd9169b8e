import { z } from 'zod'
import {
  Clock,
  FirmwareFile,
  FirmwareImage,
  LockedMemory,
  Mitigations,
  Operator,
  Tsc,
} from './platform-schema.ts'

/** A fact that could not be read: why not, and what to type on that host to make it readable. */
export const Unknown = z.object({
  unknown: z.string().min(1),
  remedy: z.array(z.string().min(1)).optional(),
})
export type Unknown = z.infer<typeof Unknown>

/** Something about a host: either known, or not known for a stated reason. It is never guessed. */
export type Fact<T> = { readonly known: T } | Unknown

/**
 * The schema of a fact whose value has the given schema. "None" is a known, empty value; a value that could not be
 * read is `{ unknown: reason }`.
 */
export function fact<T extends z.ZodType>(value: T) {
  return z.union([z.object({ known: value }), Unknown])
}

/** A fact that earlier releases did not tell: in a document of theirs it is unknown. */
function laterFact<T extends z.ZodType>(value: T) {
  return fact(value).default(untold)
}

const untold: Unknown = { unknown: 'the kzone that wrote this did not tell it yet: bring it up to date' }

/** Narrows a fact to one that is known. */
export function isKnown<T>(candidate: Fact<T>): candidate is { readonly known: T } {
  return 'known' in candidate
}

/** A count of bytes. */
const Bytes = z.int().nonnegative()
const Count = z.int().nonnegative()
const Text = z.string().min(1)

export const Processor = z.object({ vendor: Text, model: Text, count: Count })
export type Processor = z.infer<typeof Processor>

/**
 * Memory for guests on normal pages; those on huge pages count in `HugePages` alone. What a further guest can have is `availableBytes` less what has been promised and is not taken
 * yet (`committedBytes - takenBytes`).
 */
export const Memory = z.object({
  totalBytes: Bytes,
  /** What the kernel can give out now without swapping (MemAvailable of proc_meminfo(5)). */
  availableBytes: Bytes,
  /** Promised to the zones that run here and to incoming migrations. */
  committedBytes: Bytes,
  /** The part of `committedBytes` that is in use already, thus no longer in `availableBytes`. */
  takenBytes: Bytes,
})
export type Memory = z.infer<typeof Memory>

/**
 * A pool of huge pages; `free` leaves out those reserved and not touched yet (hugetlbpage of the kernel's manual) and those
 * promised to zones on their way here.
 */
export const HugePages = z.object({ sizeBytes: Bytes, total: Count, free: Count })
export type HugePages = z.infer<typeof HugePages>

export const Hypervisor = z.object({
  /** `query-version`, as `MAJOR.MINOR.MICRO`. */
  qemuVersion: z.string().regex(/^\d+\.\d+\.\d+$/),
  /** The accelerator with which a trial guest really ran. */
  accelerator: z.enum(['kvm', 'tcg']),
  /** Why that one, as a sentence without a period. */
  acceleratorReason: Text,
  /** `query-machines`: names and aliases. */
  machineTypes: z.array(Text),
  /** Of the device models that were asked for, by the names that `-device` takes, those that are there. */
  devices: z.array(Text),
  /** `query-migrate-capabilities`: the names, whether on or off. */
  capabilities: z.array(Text),
  /** Whether a `tls-creds-psk` object can be made. */
  tlsPsk: z.boolean(),
})
export type Hypervisor = z.infer<typeof Hypervisor>

/** A CPU model of QEMU on this host, with its accelerator. */
export const CpuModel = z.object({
  /** As `-cpu` takes it; an alias is an entry of its own. */
  name: Text,
  /** The class that stands for this CPU on this host, as `cpu-arch` names it; undefined if it is no class. */
  cpuArch: Text.optional(),
  /** `query-cpu-definitions`: what the host lacks of it. */
  unavailableFeatures: z.array(Text),
  /** What a guest of this model is really given here (`query-cpu-model-expansion`, those that are on). */
  features: fact(z.array(Text)),
})
export type CpuModel = z.infer<typeof CpuModel>

export const Link = z.object({
  name: Text,
  /** `bridge` is what a NIC can be attached to. */
  kind: z.enum(['bridge', 'ethernet', 'vlan', 'bond', 'other']),
  up: z.boolean(),
  /** Bytes of payload in one frame. */
  mtu: Count,
  /** Whether a bridge tells VLANs apart; false for what is no bridge. */
  vlanFiltering: z.boolean(),
  /** Its own MAC address, lower case, two digits each. All but `other` kinds have one: absent there, it was not told. */
  macAddress: Text.optional(),
  /** Addresses of the host on it, without the length of their prefix; absent: not told. */
  addresses: z.array(Text).optional(),
  /** The bridge that it is a port of. */
  bridge: Text.optional(),
  /** Of a port of a bridge that tells VLANs apart: those that it carries, in ranges of first and last. */
  vlans: z.array(z.tuple([Count, Count])).optional(),
})
export type Link = z.infer<typeof Link>

export const ZoneSummary = z.object({
  name: Text,
  /** The number that `zoneadm list` shows while it runs. */
  id: z.int().optional(),
  /** Null for a zone that never was installed here: it has no identity yet. */
  uuid: Text.nullable(),
  state: z.enum([
    'configured',
    'incomplete',
    'installed',
    'ready',
    'running',
    'shutting_down',
    'unavailable',
  ]),
  auxiliary: z.array(Text),
  /** Lower case, two digits each. */
  macAddresses: z.array(Text),
  /** Items of `allowed-address` of all its NICs, as written. */
  allowedAddresses: z.array(Text),
  memoryBytes: Bytes,
  /** Storage URIs of its devices and of its suspend image, tokens expanded. */
  storage: z.array(Text),
  /** Why its configuration cannot be read: what else it holds is not known. Absent: it was read, or is not needed. */
  unread: Text.optional(),
})
export type ZoneSummary = z.infer<typeof ZoneSummary>

/** Something that a host does to one of its zones at the moment. */
export const Operation = z.object({
  id: Text,
  zoneUuid: Text.nullable(),
  zoneName: Text,
  /** `migrate`, `install`, `move`, … */
  kind: Text,
})
export type Operation = z.infer<typeof Operation>

/** Under what other URIs a host has a storage object already. URIs that are the same letter by letter are left out. */
const HadHere = {
  /** URIs of zones of this host that lead to the same object. */
  sameAs: z.array(Text).optional(),
  /** URIs of zones of this host that may lead to the same object: they, or it, could not be looked at. */
  perhapsAs: z.array(Text).optional(),
  /** The URI, the same one too, by which `suriadm map -w` has given it a path here. */
  mappedAs: Text.optional(),
}

/** One storage URI, really opened from this host for this check, or the reason why it could not be. */
export const StorageProbe = z.union([
  z.object({
    uri: Text,
    opened: z.object({
      sizeBytes: Bytes,
      /** What tells this object from others wherever it is seen from: a world-wide name, or numbers of file system and file. */
      identity: Text.optional(),
    }),
    ...HadHere,
  }),
  z.object({ uri: Text, error: Text, ...HadHere }),
])
export type StorageProbe = z.infer<typeof StorageProbe>

/** What a host is and offers, as one document that can be saved, sent and judged elsewhere. */
export const HostFacts = z.object({
  schema: z.literal(1),
  gatheredAt: z.iso.datetime(),
  kzone: z.object({ version: Text, protocol: z.object({ min: Count, max: Count }) }),
  /** `id` stays with the host when it is renamed. */
  host: z.object({ id: Text, name: Text }),
  /** As `uname -m` has it. */
  architecture: Text,
  kernel: Text,
  cpu: fact(Processor),
  memory: fact(Memory),
  hugepages: fact(z.array(HugePages)),
  hypervisor: fact(Hypervisor),
  cpuModels: fact(z.array(CpuModel)),
  links: fact(z.array(Link)),
  /** The bridge that `lower-link=auto` means here; null if the host has none for it. */
  defaultLink: fact(Text.nullable()),
  /** An ordinary user runs zonesd: every NIC gets QEMU's user-mode network, whatever its lower-link says. */
  userNetwork: z.boolean(),
  /** The host ends its zones, or has ended them to go down: no zone can come until zones boot there again. Absent: it does not. */
  goingDown: z.literal(true).optional(),
  zones: fact(z.array(ZoneSummary)),
  operations: fact(z.array(Operation)),
  storage: fact(z.array(StorageProbe)),
  /** The files that QEMU here loads into a machine of kzone. */
  firmware: laterFact(z.array(FirmwareFile)),
  mitigations: laterFact(Mitigations),
  tsc: laterFact(Tsc),
  /** Whether KVM lets guests have guests of their own; false without KVM. */
  nested: laterFact(z.boolean()),
  lockedMemory: laterFact(LockedMemory),
  /** The time itself is `gatheredAt`. */
  clock: laterFact(Clock),
  /** Why no zone may come here at the moment; null: zones may. */
  maintenance: laterFact(Text.nullable()),
  operator: laterFact(Operator),
  /** What the memory of a guest can be encrypted with on its way, best first, by Solaris's names. */
  ciphers: laterFact(z.array(Text)),
})
export type HostFacts = z.infer<typeof HostFacts>

export const BootedDevice = z.object({
  /** QEMU's device model, as `-device` takes it. */
  kind: Text,
  id: Text,
  /** `BUS.SLOT.FUNCTION` or `SLOT.FUNCTION`; undefined for what is not on PCI. */
  pciAddress: Text.optional(),
})

export const BootedNic = z.object({
  /** `anet` or `net`, and the resource's id. */
  kind: z.enum(['anet', 'net']),
  id: z.int().nonnegative(),
  mac: Text,
  /** What virtio-net announced to the guest, in bytes. */
  mtu: Count,
  /**
   * Work that the guest leaves to its NIC, by the names of virtio (`HOST_TSO4`), as it agreed with QEMU; absent if QEMU
   * cannot tell.
   */
  offloads: z.array(Text).optional(),
})

/**
 * What a guest booted with. That, and not what its configuration says today, is what it expects to find when it goes
 * on elsewhere. For a zone that is not running: what it would boot with.
 */
export const BootRecord = z.object({
  machineType: Text,
  cpuModel: Text,
  /** What the guest was really given: asked of its QEMU, not derived from the model. */
  cpuFeatures: z.array(Text),
  accelerator: z.enum(['kvm', 'tcg']),
  memoryBytes: Bytes,
  /** Size of the pages that back the guest's memory; the host's ordinary page size without huge pages. */
  pagesizeBytes: Bytes,
  /** Greatest number of virtual CPUs that the guest has prepared for. */
  maxCpus: Count,
  qemuVersion: z.string().regex(/^\d+\.\d+\.\d+$/),
  devices: z.array(BootedDevice),
  nics: z.array(BootedNic),
  /** The build that the guest has in its memory, whatever has been installed since. */
  firmware: laterFact(FirmwareImage),
  /** Speed of the counter that the guest was given; null where QEMU makes it up (TCG), or it was not told. */
  tscFrequencyHz: Count.nullable().default(null),
  /** Memory that QEMU has locked for the guest; null: not told. */
  lockedBytes: Bytes.nullable().default(null),
})
export type BootRecord = z.infer<typeof BootRecord>
