/** The disks that the storage of the oracle has: `twin` is as large as `data`, `large` is larger. */
export const diskNames = ['boot', 'data', 'twin', 'large'] as const
export type DiskName = (typeof diskNames)[number]
/** All of its logical units: `suspend` holds the image of a suspended guest. */
export const lunNames = [...diskNames, 'suspend'] as const
export type LunName = (typeof lunNames)[number]

export interface DiskShape {
  readonly id: number
  /** A shared logical unit, or a file of the host itself. */
  readonly on: DiskName | 'local'
  readonly bootpri?: number
  readonly allowMhd?: boolean
}

export interface NicShape {
  readonly kind: 'anet' | 'net'
  readonly id: number
  readonly link: string
  readonly mac: string
  readonly mtu?: number
  readonly vlanId?: number
}

/** A configuration of the zone, as far as the oracle varies it. */
export interface ZoneShape {
  readonly memoryMiB: number
  readonly ncpus: number
  readonly cpuArch?: string
  readonly hostCompatible?: string
  readonly hostid?: string
  readonly autoboot?: boolean
  /** An attribute, which means nothing to kzone. */
  readonly note?: string
  readonly pagesizePolicy?: 'largest-available' | 'largest-only' | 'fixed'
  /** Only with the policy `fixed`. */
  readonly pagesizeMiB?: number
  /** Where its guest is suspended to; `local`: a file of the host itself. Left out: on the shared storage. */
  readonly suspend?: 'local'
  readonly disks: readonly DiskShape[]
  readonly nics: readonly NicShape[]
}

/** Where the image is that is a file of the host itself. */
export const localImage = '/var/lib/zones/oracle-suspend'

export const localDisk = 'file:///var/lib/zones/oracle-disk.raw'

/** The URI of a disk. */
export type UriOf = (lun: LunName) => string

const set = (name: string, value: string | number | undefined) =>
  value === undefined ? '' : `set ${name}=${value}\n`

/** The text of the configuration, as `zonecfg export` prints it. */
export function configText(shape: ZoneShape, uriOf: UriOf): string {
  const { pagesizePolicy, pagesizeMiB } = shape
  return [
    'create -b\nset brand=solaris-kz\n',
    set('hostid', shape.hostid),
    set('autoboot', shape.autoboot === undefined ? undefined : `${shape.autoboot}`),
    set('cpu-arch', shape.cpuArch),
    set('host-compatible', shape.hostCompatible),
    ...shape.nics.map(nicText),
    ...shape.disks.map((disk) => diskText(disk, uriOf)),
    `add capped-memory\nset physical=${shape.memoryMiB}M\n`,
    set('pagesize-policy', pagesizePolicy),
    set('pagesize', pagesizeMiB === undefined ? undefined : `${pagesizeMiB}M`),
    `end\nadd virtual-cpu\nset ncpus=${shape.ncpus}\nend\n`,
    `add suspend\n${shape.suspend === 'local' ? set('path', localImage) : set('storage', uriOf('suspend'))}end\n`,
    shape.note === undefined
      ? ''
      : `add attr\nset name=note\nset type=string\nset value="${shape.note}"\nend\n`,
  ].join('')
}

function nicText({ kind, id, link, mac, mtu, vlanId }: NicShape): string {
  return [
    `add ${kind}\n`,
    set(kind === 'net' ? 'physical' : 'lower-link', link),
    set('mac-address', mac),
    // A net has the network of the bridge.
    ...(kind === 'net' ? [] : [set('mtu', mtu), set('vlan-id', vlanId)]),
    `set id=${id}\nend\n`,
  ].join('')
}

function diskText({ id, on, bootpri, allowMhd }: DiskShape, uriOf: UriOf): string {
  return [
    `add device\nset storage=${on === 'local' ? localDisk : uriOf(on)}\nset id=${id}\n`,
    set('bootpri', bootpri),
    set('allow-mhd', allowMhd === true ? 'true' : undefined),
    'end\n',
  ].join('')
}
