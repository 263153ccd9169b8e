import { RpcConnection } from './rpc-connection.ts'
import { xdrNumbers, xdrOpaque } from './xdr.ts'

const portmapPort = 111
const portmapProgram = 100_000
const tcp = 6
const getPort = { version: 2, procedure: 3 } as const
const getAddress = { version: 3, procedure: 3 } as const

/**
 * Asks the server's port mapper (RFC 1833) where a program listens.
 *
 * @throws Error in words; the socket's error
 */
export async function findPort(
  host: string,
  { program, version, name }: { readonly program: number; readonly version: number; readonly name: string },
  signal: AbortSignal,
): Promise<number> {
  using mapper = await RpcConnection.open({ host, port: portmapPort }, undefined, signal)
  const port = mapper.family === 'IPv4' ? await byNumber() : await byAddress()
  if (port === 0) throw new Error(`the server offers no ${name}`)
  return port

  async function byNumber(): Promise<number> {
    const { version: mapVersion, procedure } = getPort
    const reply = await mapper.call(
      portmapProgram,
      mapVersion,
      procedure,
      xdrNumbers(program, version, tcp, 0),
    )
    return reply.number()
  }

  /** The older way knows no IPv6. The answer ends with the two bytes of the port: `::.8.1`. */
  async function byAddress(): Promise<number> {
    const { version: mapVersion, procedure } = getAddress
    const [netid, nothing] = [xdrOpaque('tcp6'), xdrOpaque('')]
    const parameters = [xdrNumbers(program, version), netid, nothing, nothing]
    const reply = await mapper.call(portmapProgram, mapVersion, procedure, ...parameters)
    const [high = 0, low = 0] = reply.opaque().toString().split('.').slice(-2).map(Number)
    return high * 256 + low
  }
}
