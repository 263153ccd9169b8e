import type { QmpConnection } from '../qmp/connection.ts'
import type { PeerParams } from './peer-api.ts'
import { placeStreamKey } from './stream-key.ts'
import { prepareStream } from './stream-settings.ts'

/**
 * Prepares one end of a trial stream as `prepareStream()` does that of a migration.
 *
 * @param keyFolder where the key lies until what is returned is disposed; the client's end has read it by then
 */
export async function prepareTrial(
  qmp: QmpConnection,
  endpoint: 'client' | 'server',
  { key, postcopy = false }: Pick<PeerParams<'peer/try'>, 'key' | 'postcopy'>,
  keyFolder: string,
): Promise<AsyncDisposable> {
  await using undo = new AsyncDisposableStack()
  if (key !== null) undo.use(await placeStreamKey(keyFolder, key.psk))
  await prepareStream(qmp, endpoint, {
    keyFolder: key === null ? null : keyFolder,
    priority: key?.priority ?? undefined,
    postcopy,
  })
  return undo.move()
}
