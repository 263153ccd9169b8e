/** Storage as kzone itself reads and writes it, at any place and of any length. One call at a time. */
export interface BlockStore extends AsyncDisposable {
  /** Fewer bytes than asked for only at the end of the storage. */
  read(offset: number, length: number): Promise<Buffer>
  write(bytes: Uint8Array, offset: number): Promise<void>
  /** Resolves when all that was written is on the storage itself. */
  flush(): Promise<void>
}

/** Reads a store from a place to its end, one piece ahead of whoever takes them. */
export async function* readOn(store: BlockStore, offset: number, pieceBytes: number): AsyncGenerator<Buffer> {
  let next = store.read(offset, pieceBytes)
  for (let place = offset; ; ) {
    const piece = await next
    if (piece.length === 0) return
    place += piece.length
    next = store.read(place, pieceBytes)
    // Whoever stops reading does not wait for it.
    next.catch(() => undefined)
    yield piece
  }
}
