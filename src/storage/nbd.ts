import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ZoneError } from '../errors.ts'
import { hostLayout } from '../util/host-layout.ts'
import { requirePrivate } from '../util/private-file.ts'
import { runCommand } from '../util/run-command.ts'
import { formatSuri } from '../zone/suri/format-suri.ts'
import type { NbdSuri } from '../zone/suri/suri.ts'
import { withPort } from '../zone/suri/with-port.ts'
import type { Protocol, QemuObject, StorageContext, StorageDriver } from './driver.ts'

export const nbdPort = 10_809
/** How long requests wait for a server that comes back before the guest sees an error. */
const reconnectDelaySeconds = 30
/** Names that GnuTLS and QEMU have for the files of a client. */
const sharedKeyFile = 'keys.psk'
const authorityFile = 'ca-cert.pem'
const clientKeyFile = 'client-key.pem'

async function protocolOf(suri: NbdSuri, context: StorageContext, name: string): Promise<Protocol> {
  const { host, port } = withPort(suri.authority, nbdPort)
  const node = {
    driver: 'nbd',
    server: { type: 'inet', host, port: `${port}` },
    export: suri.export,
    'reconnect-delay': reconnectDelaySeconds,
    discard: 'unmap',
  }
  if (!suri.tls) return { node }
  const credentials = await tlsCredentials(suri, context, `${name}-tls`)
  return { node: { ...node, 'tls-creds': credentials.id }, objects: [credentials] }
}

/** An export of an NBD server, with TLS as `nbds:`. The server has to let two clients in at once for a migration. */
export const nbdDriver: StorageDriver<NbdSuri> = {
  protocol: protocolOf,

  isExclusive: true,

  place: (suri) => formatSuri({ ...suri, authority: withPort(suri.authority, nbdPort) }),

  // Only who opens it for writing is told that nobody may; nothing is written.
  async look(suri, context, signal) {
    const { node, objects = [] } = await protocolOf(suri, context, 'look')
    const image = `json:${JSON.stringify({ driver: 'raw', file: node })}`
    const credentials = objects.flatMap((object) => ['--object', JSON.stringify(object)])
    const words = await runCommand('qemu-io', [...credentials, '-c', 'length', image], { signal }).then(
      () => '',
      (error: Error) => error.message,
    )
    return /Permission denied/.test(words) ? { readOnly: 'the server lets nobody write to it' } : {}
  },
}

/**
 * A key shared with the server, or certificates, whichever the host has for it.
 *
 * @throws ZoneError STORAGE_UNREACHABLE, CREDENTIALS_UNSAFE
 */
async function tlsCredentials(suri: NbdSuri, { root }: StorageContext, id: string): Promise<QemuObject> {
  const dir = join(hostLayout(root).credentials('nbd'), suri.authority.host)
  const sharedKey = join(dir, sharedKeyFile)
  if (await isPrivateFile(sharedKey)) {
    return { 'qom-type': 'tls-creds-psk', id, dir, endpoint: 'client', username: await firstUser(sharedKey) }
  }
  await isPrivateFile(join(dir, clientKeyFile))
  if ((await stat(join(dir, authorityFile)).catch(() => undefined)) !== undefined) {
    return { 'qom-type': 'tls-creds-x509', id, dir, endpoint: 'client', 'verify-peer': true }
  }
  throw new ZoneError(`Cannot open "${formatSuri(suri)}": this host has no credentials for its server`, {
    code: 'STORAGE_UNREACHABLE',
    remedy: `Put ${sharedKeyFile} (a line USER:HEXKEY), or ${authorityFile} with client-cert.pem and ${clientKeyFile}, into ${dir}`,
  })
}

async function isPrivateFile(path: string): Promise<boolean> {
  const status = await stat(path).catch(() => undefined)
  if (status !== undefined) requirePrivate(path, status.mode)
  return status !== undefined
}

async function firstUser(path: string): Promise<string> {
  await using file = await open(path)
  for await (const line of file.readLines()) return line.slice(0, Math.max(line.indexOf(':'), 0))
  return ''
}
