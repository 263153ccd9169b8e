import { ZoneError } from '../errors.ts'
import { type CallOptions, RpcPeer } from '../transport/rpc.ts'
import { connectSsh, type SshConnection } from '../transport/ssh.ts'
import { formatTargetUri, parseTargetUri } from '../transport/target-uri.ts'
import { type AnswerOptions, answerInTime } from './answer-in-time.ts'
import { type PeerOperationName, type PeerParams, type PeerResult, peerOperations } from './peer-api.ts'

export type Environment = Readonly<Record<string, string>>

/** Without `timeoutMs` an answer is waited for as `answerInTime()` does. */
export type PeerCallOptions = CallOptions & Pick<AnswerOptions, 'timeoutMs'>

/** The conversation with the zonesd of another host. */
export interface Peer extends AsyncDisposable {
  readonly uri: string
  readonly closed: Promise<void>
  /** @throws ZoneError as the other host threw it, HOST_UNREACHABLE, PEER_ANSWER, PEER_TIMEOUT */
  call<N extends PeerOperationName>(
    name: N,
    params: PeerParams<N>,
    options?: PeerCallOptions,
  ): Promise<PeerResult<N>>
}

/** The command on the other host: as root directly, otherwise by sudo or doas without a prompt. */
function dialCommand(zone?: string): string {
  const dial = zone === undefined ? 'zonesd dial-stdio' : `zonesd dial-stdio ${zone}`
  return (
    `if [ "$(id -u)" = 0 ] || [ -n "$KZ_ROOT" ]; then exec ${dial}; ` +
    `elif command -v sudo >/dev/null; then exec sudo -n ${dial}; else exec doas -n ${dial}; fi`
  )
}

/** Connects to the machine of a zone at another host that waits there for the rest of its memory, on the way of `connectPeer()`. */
export function connectRest(target: string, environment: Environment, zone: string): SshConnection {
  return connectSsh(parseTargetUri(target), { command: dialCommand(zone), environment })
}

/** Connects to another host's zonesd over ssh. Whether that works shows with the first call. */
export function connectPeer(target: string, environment: Environment): Peer {
  const uri = parseTargetUri(target)
  const ssh = connectSsh(uri, { command: dialCommand(), environment })
  const rpc = new RpcPeer(ssh.stream)
  rpc.listen()
  const silent = (name: string, ms: number) =>
    new ZoneError(
      `${formatTargetUri(uri)} has not answered "${name}" within ${Math.max(1, Math.round(ms / 1000))} s`,
      {
        code: 'PEER_TIMEOUT',
        remedy: `See whether zonesd stands still there: zoneadm list on ${uri.host}`,
      },
    )
  return {
    uri: formatTargetUri(uri),
    closed: rpc.closed,
    async call(name, params, options) {
      let answer: unknown
      const { timeoutMs, ...others } = options ?? {}
      try {
        answer = await answerInTime(rpc.call(name, params, others), (ms) => silent(name, ms), {
          signal: others.signal,
          timeoutMs,
        })
      } catch (error) {
        if (error instanceof ZoneError && error.code === 'PEER_LOST') throw await ssh.failure()
        throw error
      }
      const parsed = peerOperations[name].result.safeParse(answer)
      if (parsed.success) return parsed.data as PeerResult<typeof name>
      throw new ZoneError(`${formatTargetUri(uri)} answered "${name}" in a form that is not understood`, {
        code: 'PEER_ANSWER',
        remedy: 'Install the same release of kzone on both hosts',
        cause: parsed.error,
      })
    },
    async [Symbol.asyncDispose]() {
      rpc.close()
      await ssh[Symbol.asyncDispose]()
    },
  }
}
