import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isTargetName } from '../zone/suri/parts.ts'
import type { Credentials } from './credentials.ts'
import type { StorageContext } from './driver.ts'
import {
  answer,
  finalFlag,
  IscsiConnection,
  type IscsiPortal,
  iscsiRefused,
  operation,
  readTextKeys,
  textKeys,
} from './iscsi-connection.ts'
import { logIn } from './iscsi-login.ts'

const noTag = 0xffff_ffff
/** Where the host's own initiator (open-iscsi) notes the portals that it was told: folders `ADDRESS,PORT`. */
const portalFolders = ['etc/iscsi/send_targets', 'var/lib/iscsi/send_targets']

export interface FoundTarget extends IscsiPortal {
  readonly target: string
}

/**
 * Asks a portal for the targets that this host may see (RFC 7143, appendix C).
 *
 * @throws as `IscsiSession.open()`
 */
export async function discoverTargets(
  portal: IscsiPortal,
  {
    initiatorName,
    credentials,
  }: { readonly initiatorName: string; readonly credentials: Credentials | undefined },
  signal: AbortSignal,
): Promise<FoundTarget[]> {
  await using connection = await IscsiConnection.open(portal, signal)
  await logIn(connection, { initiatorName, target: undefined, credentials })
  const pieces: Buffer[] = []
  for (let tag = noTag; ; ) {
    const header = connection.header(operation.text)
    header[1] = finalFlag
    header.writeUInt32BE(tag, 20)
    connection.send(header, tag === noTag ? textKeys({ SendTargets: 'All' }) : Buffer.alloc(0))
    const reply = await connection.receive()
    if (reply.kind !== answer.text) throw iscsiRefused(`does not tell its targets (${reply.kind})`)
    pieces.push(reply.data)
    tag = reply.header.readUInt32BE(20)
    if (((reply.header[1] ?? 0) & finalFlag) !== 0) break
  }
  return readTargets(Buffer.concat(pieces), { ...portal, address: connection.remoteAddress })
}

/**
 * Of each target the portal that was asked, if it is one of its own, and else its first. What no target can be called is left out:
 * credentials are looked for by the name.
 */
export function readTargets(data: Buffer, asked: IscsiPortal & { readonly address: string }): FoundTarget[] {
  const targets = new Map<string, IscsiPortal[]>()
  let portals: IscsiPortal[] = []
  for (const [key, value] of readTextKeys(data)) {
    if (key === 'TargetName') targets.set(value, (portals = []))
    const portal = key === 'TargetAddress' ? readPortal(value) : undefined
    if (portal !== undefined) portals.push(portal)
  }
  const named = [...targets].filter(([target]) => isTargetName(target))
  return named.map(([target, own]) => {
    const isAsked = ({ host, port }: IscsiPortal) =>
      port === asked.port && (host === asked.address || host === asked.host)
    const { host, port } = own.length === 0 || own.some(isAsked) ? asked : (own[0] ?? asked)
    return { target, host, port }
  })
}

/** `address[:port],group`, an IPv6 address in brackets. */
function readPortal(text: string): IscsiPortal | undefined {
  const [, v6, other, port = '3260'] = /^(?:\[([^\]/]+)\]|([^:,/]+))(?::(\d+))?(?:,\d+)?$/.exec(text) ?? []
  const host = v6 ?? other
  return host === undefined ? undefined : { host, port: Number(port) }
}

/** The portals that the operator has told the host's own initiator: `iscsiadm -m discovery -t sendtargets -p HOST`. */
export async function knownPortals({ root }: StorageContext): Promise<IscsiPortal[]> {
  const listings = portalFolders.map((folder) => readdir(join(root, folder)).catch(() => []))
  const names = new Set((await Promise.all(listings)).flat())
  return [...names].flatMap((name) => {
    const [, host, port] = /^(.+),(\d+)$/.exec(name) ?? []
    return host === undefined ? [] : [{ host, port: Number(port) }]
  })
}
