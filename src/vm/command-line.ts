import type { BlockGraph } from '../storage/storage.ts'
import type { DiskSpec, MachineSpec, NicSpec } from './schema.ts'

/** What a machine is connected to on one host; nothing of it is visible to the guest. */
export interface HostPlaces {
  readonly qmpSocket: string
  readonly consoleSocket: string
  readonly pidFile: string
  readonly logFile: string
  /** QEMU's block graph by disk id; the name of its root node is `diskNode(id)`. */
  readonly blockdevs: ReadonlyMap<number, BlockGraph>
  /** QEMU's `-netdev` without its id, by the NIC's key. */
  readonly netdevs: ReadonlyMap<string, string>
  /** Time of the clock on the board, as QEMU's `-rtc base` takes it; absent: UTC. */
  readonly rtcBase?: string
  /** What is in the CD drive; the name of its root node is `mediumNode`. */
  readonly medium?: BlockGraph
  readonly memoryBackend: string
  readonly kernel?: string
  readonly initrd?: string
  /** Wait for an incoming migration instead of booting. */
  readonly incoming: boolean
}

export const mediumNode = 'medium'
export const diskNode = (id: number) => `disk${id}`
export const nicKey = ({ kind, id }: Pick<NicSpec, 'kind' | 'id'>) => `${kind}${id}`

/** QEMU's escape for a comma inside a value. */
const escape = (value: string) => value.replaceAll(',', ',,')

const slot = (number: number) => `bus=pcie.0,addr=0x${number.toString(16)}`

const noGraph: BlockGraph = { objects: [], nodes: [] }

const graphArguments = ({ objects, nodes }: BlockGraph): string[] => [
  ...objects.flatMap((object) => ['-object', JSON.stringify(object)]),
  ...nodes.flatMap((node) => ['-blockdev', JSON.stringify(node)]),
]

function diskArguments(disk: DiskSpec, graph: BlockGraph): string[] {
  // A kernel that QEMU loads itself takes the first place.
  const bootindex = disk.bootIndex === undefined ? '' : `,bootindex=${disk.bootIndex + 1}`
  const device = `virtio-blk-pci,id=device${disk.id},drive=${diskNode(disk.id)},${slot(disk.pciSlot)}`
  return [...graphArguments(graph), '-device', `${device},serial=${disk.serial},write-cache=on${bootindex}`]
}

/** On the controller that every machine of this type has; before all disks, which count from 1. */
function mediumArguments(medium: BlockGraph | undefined): string[] {
  if (medium === undefined) return []
  return [...graphArguments(medium), '-device', `ide-cd,id=medium,drive=${mediumNode},bus=ide.0,bootindex=0`]
}

function nicArguments(nic: NicSpec, netdev: string): string[] {
  const key = nicKey(nic)
  const mtu = nic.mtu === undefined ? '' : `,host_mtu=${nic.mtu}`
  // No option ROM: its file differs between builds, and its memory would be part of the migration.
  const device = `virtio-net-pci,id=${key},netdev=host-${key},mac=${nic.macAddress},${slot(nic.pciSlot)},romfile=`
  return ['-netdev', `${netdev},id=host-${key}`, '-device', `${device}${mtu}`]
}

function directBootArguments({ bootargs }: MachineSpec, { kernel, initrd }: HostPlaces): string[] {
  if (kernel === undefined) return []
  return [
    ...['-kernel', kernel],
    ...(initrd === undefined ? [] : ['-initrd', initrd]),
    ...(bootargs === '' ? [] : ['-append', bootargs]),
  ]
}

/** Of a machine that crashes its guest's memory is in no core file. */
const boardOptions = 'memory-backend=pc.ram,graphics=off,dump-guest-core=off'

/**
 * The arguments of `qemu-system-x86_64` for a machine on a host. `test/golden/command-line` shows them.
 *
 * QEMU goes to the background by itself once it is set up: its parent's exit is the sign that the sockets are there,
 * and it outlives zonesd.
 */
export function commandLine(spec: MachineSpec, places: HostPlaces): string[] {
  const smbios = spec.hostid === undefined ? '' : `,serial=${spec.hostid}`
  return [
    ...['-name', `guest=${escape(spec.zonename)},process=kz-${escape(spec.zonename)}`],
    ...['-uuid', spec.uuid],
    ...['-nodefaults', '-no-user-config', '-display', 'none'],
    ...['-machine', `${spec.machineType},accel=${spec.accelerator},${boardOptions}`],
    ...['-cpu', `${spec.cpu},enforce`],
    ...['-smp', `cpus=${spec.ncpus},sockets=1,cores=${spec.ncpus},threads=1,maxcpus=${spec.ncpus}`],
    ...['-m', `${spec.memoryBytes / 1024 / 1024}M`],
    ...['-object', places.memoryBackend],
    ...['-smbios', `type=1,manufacturer=kzone,product=Kernel Zone,uuid=${spec.uuid}${smbios}`],
    ...['-rtc', `base=${places.rtcBase ?? 'utc'}`],
    ...['-boot', 'strict=on'],
    ...['-chardev', `socket,id=console,path=${escape(places.consoleSocket)},server=on,wait=off`],
    ...['-serial', 'chardev:console'],
    ...['-qmp', `unix:${escape(places.qmpSocket)},server=on,wait=off`],
    ...spec.disks.flatMap((disk) => diskArguments(disk, places.blockdevs.get(disk.id) ?? noGraph)),
    ...mediumArguments(places.medium),
    ...spec.nics.flatMap((nic) => nicArguments(nic, places.netdevs.get(nicKey(nic)) ?? 'user')),
    ...directBootArguments(spec, places),
    ...['-S', ...(places.incoming ? ['-incoming', 'defer'] : [])],
    ...['-D', places.logFile, '-pidfile', places.pidFile, '-daemonize'],
  ]
}
