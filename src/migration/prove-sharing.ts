import { randomBytes } from 'node:crypto'
import type { SharingProof } from '../compat/input.ts'
import type { Fact } from '../facts/schema.ts'
import type { SourceZone } from './live-migration.ts'
import type { Peer } from './peer.ts'

const markBytes = 8

/**
 * Proves that both hosts open the same objects: the source puts a mark made for this check on each, and the target looks
 * for it. The marks are gone when this resolves.
 *
 * @throws only the signal's reason
 */
export async function proveSharing(
  source: Pick<SourceZone, 'placeMark'>,
  peer: Peer,
  storage: readonly string[],
  signal: AbortSignal,
): Promise<Fact<readonly SharingProof[]>> {
  await using placed = new AsyncDisposableStack()
  const marks: { uri: string; mark: string }[] = []
  const proofs: SharingProof[] = []
  const place = async (uri: string) => {
    const mark = randomBytes(markBytes)
    try {
      const onIt = await source.placeMark(uri, mark, signal)
      if (onIt === undefined) {
        proofs.push({ uri, mark: 'untried', words: 'it has no place for a mark' })
        return
      }
      placed.use(onIt)
      marks.push({ uri, mark: mark.toString('hex') })
    } catch (error) {
      proofs.push({ uri, mark: 'untried', words: (error as Error).message })
    }
  }
  await Promise.all(storage.map(place))
  signal.throwIfAborted()
  if (marks.length === 0) return { known: proofs }
  try {
    const { seen } = await peer.call('peer/sees', { marks }, { signal })
    return { known: [...proofs, ...seen] }
  } catch (error) {
    signal.throwIfAborted()
    return { unknown: `the target did not look for the marks: ${(error as Error).message}` }
  }
}
