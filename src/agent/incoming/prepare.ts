import { join } from 'node:path'
import { normalPageBytes } from '../../compat/backing-pages.ts'
import { ZoneError } from '../../errors.ts'
import type { PeerParams, PeerResult } from '../../migration/peer-api.ts'
import { placeStreamKey } from '../../migration/stream-key.ts'
import { prepareStream } from '../../migration/stream-settings.ts'
import { migrationSchema } from '../../qmp/schemas.ts'
import { retryUntil } from '../../util/retry-until.ts'
import { startMachine } from '../../vm/machine.ts'
import { parseExport } from '../../zone/parse-export.ts'
import type { Host } from '../host.ts'
import { attachmentsOf, directBootFiles, nextZoneId } from '../lifecycle/boot.ts'
import { setRunning } from '../lifecycle/run-zone.ts'
import { contractOf } from '../zone-registry.ts'
import type { IncomingZone } from './incoming-zone.ts'

const listenTimeoutMs = 5_000

/**
 * Starts the source's machine here, waiting for the guest's memory.
 *
 * @param listenAddress address of this host that the source has reached
 * @returns where QEMU listens
 */
export async function prepareIncoming(
  host: Host,
  incoming: IncomingZone,
  { psk, priority, postcopy = false }: PeerParams<'peer/prepare'>,
  listenAddress: string,
): Promise<PeerResult<'peer/prepare'>> {
  const { zone, journal, configText, pageBytes } = incoming
  const { spec } = journal
  const contract = contractOf(parseExport(configText), zone.name)
  const machine = await startMachine(spec, {
    layout: host.layout,
    storage: host.storage,
    attachments: await attachmentsOf(host, contract, spec),
    pageBytes,
    ...directBootFiles(host, spec),
    incoming: true,
  })
  await setRunning(host, zone, machine, {
    schema: 1,
    zoneId: nextZoneId(host),
    spec,
    links: [...machine.links],
    configText,
    pageBytes: pageBytes ?? normalPageBytes,
  })
  const { qmp } = machine.qemu
  const key =
    psk === null ? undefined : await placeStreamKey(join(host.layout.runFolder, `${zone.name}.key`), psk)
  // The server's end reads the key at the handshake, so it stays until then.
  incoming.key = key
  await prepareStream(qmp, 'server', {
    keyFolder: key?.folder ?? null,
    priority: priority ?? undefined,
    postcopy,
  })
  await qmp.execute('migrate-incoming', {
    uri: `tcp:${listenAddress.includes(':') ? `[${listenAddress}]` : listenAddress}:0`,
  })
  const port = await retryUntil(
    async () => {
      const state = await qmp.execute('query-migrate', {}, { schema: migrationSchema })
      return state['socket-address']?.find((address) => address.port !== undefined)?.port
    },
    { timeoutMs: listenTimeoutMs, intervalMs: 5 },
  )
  if (port !== undefined) return { host: listenAddress, port }
  throw new ZoneError(`QEMU does not listen on ${listenAddress}`, { code: 'NOT_LISTENING' })
}
