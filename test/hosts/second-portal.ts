import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { pipeline } from 'node:stream/promises'

/** Another address of a storage server, which knows nothing of it: what is said there is passed on. */
export async function secondPortal({ address, port }: { readonly address: string; readonly port: number }) {
  let connections = 0
  const server = createServer((client) => {
    connections += 1
    const target = connect(port, address)
    void pipeline(client, target, client).catch(() => undefined)
  })
  server.listen(0, address)
  await once(server, 'listening')
  const host = `${address}:${(server.address() as AddressInfo).port}`
  return {
    host,
    /** The same storage by this way. */
    uri: (uri: string) => uri.replace(`${address}:${port}`, host),
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.close()
      await once(server, 'close')
    },
  }
}
