import { patienceMs } from '../../util/test-patience.ts'
import type { Migration } from '../migration.ts'
import type { Phase } from '../phase.ts'

const pieceBytes = 1024 * 1024
/** A target that stands still is told later (`tellGivenUp()`). */
const undoTimeoutMs = patienceMs(10_000)

/** Holds on the target what the check has seen there, imports the configuration, and sends what the target lacks. */
export const reserve: Phase<Migration> = {
  name: 'reserve',
  async run({ id, kind, source, sourceHost, peer, signal, overwrite, line }) {
    const { name: zone, spec, configText, suspended, hostData } = source
    const key = await source.readZoneKey()
    const params = {
      migrationId: id,
      zone,
      source: sourceHost.name,
      spec,
      configText,
      ...(kind === 'live' ? {} : { kind }),
      ...(suspended === undefined ? {} : { suspended }),
      ...(hostData === undefined ? {} : { hostData }),
      ...(key === undefined ? {} : { key: key.toString('hex') }),
      ...(overwrite ? { overwrite } : {}),
    }
    const { imported, missing } = await peer.call('peer/reserve', params, { signal })
    line(
      imported
        ? 'Importing zone configuration on destination.'
        : 'Using existing zone configuration on destination.',
    )
    line('Attaching zone.')
    for (const file of missing) {
      const content = await source.readBootFile(file)
      for (let start = 0; start < content.length; start += pieceBytes) {
        const data = content.subarray(start, start + pieceBytes).toString('base64')
        const last = start + pieceBytes >= content.length
        await peer.call('peer/file', { migrationId: id, file, data, last }, { signal })
      }
    }
  },
  async undo({ id, source, peer }) {
    const params = { migrationId: id, zone: source.name, knowsOfLoss: false }
    await peer.call('peer/abort', params, { timeoutMs: undoTimeoutMs })
  },
}
