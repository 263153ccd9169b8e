import { createHash, randomBytes } from 'node:crypto'
import type { Credentials } from './credentials.ts'
import {
  answer,
  type IscsiConnection,
  iscsiRefused,
  operation,
  readTextKeys,
  textKeys,
} from './iscsi-connection.ts'

/** Stages of a login (RFC 7143, section 11.12.3). */
const stage = { security: 0, operational: 1, fullFeature: 3 } as const
const transit = 0x80
const md5 = '5'
const authenticationFailed = { class: 2, details: [1, 2] }

export interface LoginOptions {
  readonly initiatorName: string
  /** Undefined: to ask for the targets of a portal. */
  readonly target: string | undefined
  readonly credentials: Credentials | undefined
}

/**
 * Logs in, with CHAP (RFC 1994) if there are credentials and the target wants it.
 *
 * @throws ZoneError ISCSI_REFUSED, ISCSI_UNAUTHENTICATED
 */
export async function logIn(
  connection: IscsiConnection,
  { initiatorName, target, credentials }: LoginOptions,
): Promise<void> {
  // A session of its own beside those of QEMU, which have the same name: told apart by a random number.
  const session = Buffer.concat([Buffer.from([0x80]), randomBytes(5)])
  const names = {
    InitiatorName: initiatorName,
    ...(target === undefined ? {} : { TargetName: target }),
    SessionType: target === undefined ? 'Discovery' : 'Normal',
  }
  const parameters = {
    HeaderDigest: 'None',
    DataDigest: 'None',
    InitialR2T: 'No',
    ImmediateData: 'Yes',
    MaxConnections: '1',
    ErrorRecoveryLevel: '0',
  }
  let tag: number | undefined
  if (credentials === undefined) {
    await negotiate('operational', 'fullFeature', { ...names, AuthMethod: 'None', ...parameters })
    return
  }
  const chosen = await negotiate('security', 'operational', { ...names, AuthMethod: 'CHAP,None' })
  if (chosen.get('AuthMethod') === 'CHAP') await prove(credentials)
  await negotiate('operational', 'fullFeature', parameters)

  async function prove({ user, secret }: Credentials): Promise<void> {
    const question = await negotiate('security', undefined, { CHAP_A: md5 })
    const [id, challenge] = [question.get('CHAP_I'), bytesOf(question.get('CHAP_C') ?? '')]
    if (id === undefined || challenge === undefined || question.get('CHAP_A') !== md5) {
      throw iscsiRefused('wants another kind of authentication than CHAP with MD5')
    }
    const answerBytes = createHash('md5')
      .update(Buffer.from([Number(id)]))
      .update(secret)
      .update(challenge)
    const response = `0x${answerBytes.digest('hex')}`
    await negotiate('security', 'operational', { CHAP_N: user, CHAP_R: response })
  }

  async function negotiate(
    from: keyof typeof stage,
    to: keyof typeof stage | undefined,
    keys: Readonly<Record<string, string>>,
  ): Promise<ReadonlyMap<string, string>> {
    const header = connection.header(operation.login)
    header[1] = (stage[from] << 2) | (to === undefined ? 0 : transit | stage[to])
    session.copy(header, 8)
    // All of one login has one number.
    tag ??= header.readUInt32BE(16)
    header.writeUInt32BE(tag, 16)
    connection.send(header, textKeys(keys))
    const reply = await connection.receive()
    const [statusClass, detail] = [reply.header[36] ?? 0, reply.header[37] ?? 0]
    if (reply.kind !== answer.login || statusClass !== 0) throw refusal(statusClass, detail)
    const isThrough = ((reply.header[1] ?? 0) & transit) !== 0
    if (to === 'fullFeature' && !isThrough)
      throw iscsiRefused('wants more for the login than this release has')
    return new Map(readTextKeys(reply.data))
  }

  function refusal(statusClass: number, detail: number) {
    if (statusClass !== authenticationFailed.class || !authenticationFailed.details.includes(detail)) {
      return iscsiRefused(`refuses the login (class ${statusClass}, detail ${detail})`)
    }
    const words =
      credentials === undefined
        ? 'wants a user and a secret (CHAP), and this host has none for it'
        : `refuses user "${credentials.user}" with the secret in "${credentials.secretFile}" (CHAP)`
    return iscsiRefused(words, 'ISCSI_UNAUTHENTICATED', credentialsRemedy(target))
  }
}

function credentialsRemedy(target = 'HOST'): string {
  const folder = `/etc/zones/credentials/iscsi/${target}`
  return `Write the name to ${folder}/user and the secret to ${folder}/secret (mode 0600, without a line break), on each host of the zone`
}

/** A number as RFC 7143, section 6.1 writes large ones. */
function bytesOf(text: string): Buffer | undefined {
  if (/^0x(?:[0-9a-f]{2})+$/i.test(text)) return Buffer.from(text.slice(2), 'hex')
  if (/^0b[0-9a-z+/]+=*$/i.test(text)) return Buffer.from(text.slice(2), 'base64')
  return undefined
}
