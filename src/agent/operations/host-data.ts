import type { Handlers } from '../handlers.ts'
import { showHostData } from '../ownership/show-record.ts'

export const hostDataHandlers: Handlers<'host-data/show'> = {
  async 'host-data/show'(host, params) {
    const shown = await showHostData(
      host,
      'zone' in params ? params : { uri: params.uri, key: Buffer.from(params.key, 'hex') },
    )
    return shown ?? null
  },
}
