/** A storage URI (suri(7)), parsed. `parseSuri()` makes one, `formatSuri()` prints it in canonical form. */
export type Suri = DevSuri | FileSuri | LuSuri | IscsiSuri | NfsSuri | NbdSuri | RbdSuri

/** A device of this host. */
export interface DevSuri {
  readonly scheme: 'dev'
  /** Absolute, under `/dev`. */
  readonly path: string
}

/** A regular file of this host. */
export interface FileSuri {
  readonly scheme: 'file'
  /** Absolute. */
  readonly path: string
}

/** World-wide name of a logical unit, an initiator or a target: 64 or 128 bits in lower-case hexadecimal. */
export interface WorldWideName {
  readonly format: 'naa' | 'eui'
  readonly hex: string
}

/** A logical unit on Fibre Channel or SAS. */
export interface LuSuri {
  readonly scheme: 'lu'
  readonly luname: WorldWideName
  /** Which path to use, where there is no multipathing. */
  readonly path: { readonly initiator: WorldWideName; readonly target: WorldWideName } | undefined
}

/** Host part of a URI. */
export interface Authority {
  /** Name or address; an IPv6 address without its brackets. */
  readonly host: string
  readonly port: number | undefined
}

/** A logical unit behind iSCSI, by its own name or by target and number. */
export interface IscsiSuri {
  readonly scheme: 'iscsi'
  /** Undefined: found by the host's own discovery. */
  readonly authority: Authority | undefined
  readonly unit:
    | { readonly by: 'luname'; readonly luname: WorldWideName }
    | { readonly by: 'target'; readonly target: string; readonly lun: number }
}

/** A file on an NFS share. */
export interface NfsSuri {
  readonly scheme: 'nfs'
  readonly authority: Authority
  /** Names or numbers; undefined: those of the hypervisor. */
  readonly owner: { readonly user: string; readonly group: string } | undefined
  /** Share and file, absolute. */
  readonly path: string
}

/** An export of an NBD server. */
export interface NbdSuri {
  readonly scheme: 'nbd'
  /** Written as `nbds:`. */
  readonly tls: boolean
  readonly authority: Authority
  /** Name of the export, may be empty. */
  readonly export: string
}

/** An image in a Ceph pool. */
export interface RbdSuri {
  readonly scheme: 'rbd'
  readonly pool: string
  readonly namespace: string | undefined
  readonly image: string
}

/** Whether a storage URI means the same object on whichever host it is opened (suri(7): not `dev` and `file`). */
export function isShared(uri: string): boolean {
  return !uri.startsWith('dev:') && !uri.startsWith('file:')
}
