import { z } from 'zod'
import type { Hypervisor } from '../facts/schema.ts'
import type { QmpConnection } from '../qmp/connection.ts'

export const StreamCompression = z.enum(['none', 'zstd'])
export type StreamCompression = z.infer<typeof StreamCompression>

/** How the guest's memory travels; both ends set the same. */
export interface StreamSettings {
  /** Folder with the pre-shared key; null: in the clear. */
  readonly keyFolder: string | null
  /** TLS priority string; undefined: the library's choice. */
  readonly priority: string | undefined
  readonly compression: StreamCompression
}

const credentials = 'migration-tls'
/** QEMU holds back to 128 MiB/s if it is not told otherwise. */
const unlimitedBytesPerSecond = 100 * 1000 ** 3
/** Encryption is what limits the rate: several channels share the work. */
const channels = 4

/**
 * QEMU encrypts each page as a record of its own, which costs more than to compress it first: then many pages make one
 * record. In the clear the network is what limits the rate, and it seldom does.
 */
export function chooseCompression(
  encrypted: boolean,
  source: Pick<Hypervisor, 'streamCompressions'>,
  target: Pick<Hypervisor, 'streamCompressions'>,
): StreamCompression {
  const both = [source, target].every(({ streamCompressions }) => streamCompressions.includes('zstd'))
  return encrypted && both ? 'zstd' : 'none'
}

/** Prepares one end of the memory stream. With the return path the source learns whether the target has taken it all. */
export async function prepareStream(
  qmp: QmpConnection,
  endpoint: 'client' | 'server',
  { keyFolder, priority, compression }: StreamSettings,
): Promise<void> {
  if (keyFolder !== null) {
    await qmp.execute('object-add', {
      'qom-type': 'tls-creds-psk',
      id: credentials,
      endpoint,
      dir: keyFolder,
      ...(priority === undefined ? {} : { priority }),
    })
  }
  await qmp.execute('migrate-set-capabilities', {
    capabilities: [
      { capability: 'events', state: true },
      { capability: 'return-path', state: true },
      { capability: 'multifd', state: keyFolder !== null },
    ],
  })
  await qmp.execute('migrate-set-parameters', {
    'tls-creds': keyFolder === null ? '' : credentials,
    'max-bandwidth': unlimitedBytesPerSecond,
    'multifd-channels': channels,
    'multifd-compression': compression,
    'multifd-zstd-level': 1,
  })
}

/** Forgets the key; the stream can be prepared anew afterwards. */
export async function clearStream(qmp: QmpConnection): Promise<void> {
  await qmp.execute('migrate-set-parameters', { 'tls-creds': '' }).catch(() => undefined)
  await qmp.execute('object-del', { id: credentials }).catch(() => undefined)
}
