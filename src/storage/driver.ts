/** A member of QEMU's block graph, as `blockdev-add` takes it. */
export type BlockNode = Readonly<Record<string, unknown>> & { readonly 'node-name': string }

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

/** What one storage scheme can do. `S` is its parsed URI. */
export interface StorageDriver<S> {
  /** QEMU's protocol node for it, without its name. */
  protocolNode(suri: S, context: StorageContext): Readonly<Record<string, unknown>>
  /**
   * What tells this object from every other, wherever it is seen from; undefined if the scheme has no such thing.
   *
   * @throws the system's error if it is not there
   */
  identity?(suri: S, context: StorageContext): Promise<string | undefined>
  /** Where this host itself can open it; absent: only QEMU can. */
  localPath?(suri: S, context: StorageContext): string
  /**
   * Puts a mark of 8 bytes where whoever opens the same object sees it, and nobody who opens another; what the guest has
   * on it is not touched. Disposing takes it back. Absent: the scheme has no place for one.
   *
   * @throws if the object is not there, or has no such place
   */
  placeMark?(suri: S, context: StorageContext, mark: Buffer, signal: AbortSignal): Promise<AsyncDisposable>
  /** Whether the object has that mark. */
  seesMark?(suri: S, context: StorageContext, mark: Buffer, signal: AbortSignal): Promise<boolean>
  /** Makes it, if it is not there. Absent: its owner has to make it. */
  create?(suri: S, sizeBytes: number, context: StorageContext): Promise<'created' | 'existed'>
  /** Removes what `create` made. */
  remove?(suri: S, context: StorageContext): Promise<void>
}
