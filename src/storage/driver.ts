/** A member of QEMU's block graph, as `blockdev-add` takes it. */
export type BlockNode = Readonly<Record<string, unknown>> & { readonly 'node-name': string }

/** What QEMU is given before the block graph that needs it, as `object-add` takes it: names of files, no secrets. */
export type QemuObject = Readonly<Record<string, unknown>> & {
  readonly 'qom-type': string
  readonly id: string
}

/** QEMU's protocol node, without its name, and what it needs. */
export interface Protocol {
  readonly node: Readonly<Record<string, unknown>>
  readonly objects?: readonly QemuObject[]
}

/** What a host tells its storage drivers. */
export interface StorageContext {
  /** Root folder of the host: paths of `file:` URIs lie under it. */
  readonly root: string
  /** Name by which this host logs in to iSCSI targets. */
  readonly initiatorName: string
}

export interface ProbeOptions {
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number
}

/** What a host sees of a storage object without opening it. */
export interface Sight {
  /** What tells it from every other, wherever it is seen from; undefined if the scheme has no such thing. */
  readonly identity?: string | undefined
  /** All that it is called wherever it is seen from, `identity` too, in the words of `storageUnit()`; absent: nothing else. */
  readonly names?: readonly string[]
  /** Why this host may not write to it, in words; undefined if it may, or the scheme cannot tell. */
  readonly readOnly?: string | undefined
}

/** What one storage scheme can do. `S` is its parsed URI. */
export interface StorageDriver<S> {
  /**
   * How QEMU opens it.
   *
   * @param name begins the ids of objects: no two storage objects of one QEMU have the same
   * @throws ZoneError SURI_UNSUPPORTED, CREDENTIALS_UNSAFE, STORAGE_UNREACHABLE
   */
  protocol(suri: S, context: StorageContext, name: string, signal: AbortSignal): Protocol | Promise<Protocol>
  /** Its server may let in one client alone: kzone does not open it while a guest has it. */
  readonly isExclusive?: true
  /** The object in one word: two URIs that name the same one by the same way have the same. */
  place(suri: S, context: StorageContext): string
  /** @throws the system's error if it is not there */
  look?(suri: S, context: StorageContext, signal: AbortSignal): Promise<Sight>
  /** Where this host itself can open it; absent: only QEMU can. */
  localPath?(suri: S, context: StorageContext): string | Promise<string>
  /**
   * Puts a mark of 8 bytes where whoever opens the same object sees it, and nobody who opens another; what the guest has
   * on it is not touched. Disposing takes it back. Absent: the scheme has no place for one.
   *
   * @throws if the object is not there, or has no such place
   */
  placeMark?(suri: S, context: StorageContext, mark: Buffer, signal: AbortSignal): Promise<AsyncDisposable>
  /** Whether the object has that mark. */
  seesMark?(suri: S, context: StorageContext, mark: Buffer, signal: AbortSignal): Promise<boolean>
  /**
   * Makes it, if it is not there. Absent: its owner has to make it.
   *
   * @throws ZoneError STORAGE_LEFT: something of it may be there; with any other error nothing is
   */
  create?(
    suri: S,
    sizeBytes: number,
    context: StorageContext,
    signal: AbortSignal,
  ): Promise<'created' | 'existed'>
  /** Removes what `create` made, if it is there. */
  remove?(suri: S, context: StorageContext, signal: AbortSignal): Promise<void>
}
