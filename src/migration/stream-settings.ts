import type { QmpConnection } from '../qmp/connection.ts'

/** How the guest's memory travels; both ends set the same. */
export interface StreamSettings {
  /** Folder with the pre-shared key; null: in the clear. */
  readonly keyFolder: string | null
  /** TLS priority string; undefined: the library's choice. */
  readonly priority: string | undefined
  /** What the sending end is held to. */
  readonly limits?: StreamLimits
  /** Whether the guest may go on at the target before all of its memory is there. */
  readonly postcopy?: boolean
}

export interface StreamLimits {
  /** Undefined: as fast as it goes. */
  readonly bytesPerSecond?: number | undefined
  /** How long the guest may stand still at the end. */
  readonly pauseMs: number
}

const credentials = 'migration-tls'
/** QEMU holds back to 128 MiB/s if it is not told otherwise. */
export const unlimitedBytesPerSecond = 100 * 1000 ** 3

/** Prepares one end of the memory stream. With the return path the source learns whether the target has taken it all. */
export async function prepareStream(
  qmp: QmpConnection,
  endpoint: 'client' | 'server',
  { keyFolder, priority, limits, postcopy = false }: StreamSettings,
): Promise<void> {
  await addKey(qmp, endpoint, { keyFolder, priority })
  await qmp.execute('migrate-set-capabilities', {
    capabilities: [
      { capability: 'events', state: true },
      { capability: 'return-path', state: true },
      // One channel only: see decision 19.
      { capability: 'multifd', state: false },
      { capability: 'postcopy-ram', state: postcopy },
      ...(limits === undefined ? [] : [{ capability: 'auto-converge' as const, state: true }]),
    ],
  })
  await qmp.execute('migrate-set-parameters', {
    'tls-creds': keyFolder === null ? '' : credentials,
    'max-bandwidth': limits?.bytesPerSecond ?? unlimitedBytesPerSecond,
    'max-postcopy-bandwidth': limits?.bytesPerSecond ?? 0,
    ...(limits === undefined ? {} : { 'downtime-limit': limits.pauseMs, ...fullSpeed }),
  })
}

async function addKey(
  qmp: QmpConnection,
  endpoint: 'client' | 'server',
  { keyFolder, priority }: Pick<StreamSettings, 'keyFolder' | 'priority'>,
): Promise<void> {
  if (keyFolder === null) return
  await qmp.execute('object-add', {
    'qom-type': 'tls-creds-psk',
    id: credentials,
    endpoint,
    dir: keyFolder,
    ...(priority === undefined ? {} : { priority }),
  })
}

/** QEMU can be told to slow guests down only before it begins, so by default it does that to no purpose. */
const fullSpeed = { 'cpu-throttle-initial': 1, 'cpu-throttle-increment': 1, 'max-cpu-throttle': 1 }

/** Lets QEMU slow the guest down more and more, up to this share of its time, until it changes less than is sent. */
export async function slowGuestDown(qmp: QmpConnection, mostPercent: number): Promise<void> {
  await qmp.execute('migrate-set-parameters', {
    'cpu-throttle-initial': 20,
    'cpu-throttle-increment': 20,
    'max-cpu-throttle': mostPercent,
  })
}

/** Prepares a stream that stays on this host: what is to be encrypted of it, kzone encrypts. */
export async function plainStream(qmp: QmpConnection): Promise<void> {
  await qmp.execute('migrate-set-capabilities', {
    capabilities: [
      { capability: 'events', state: true },
      { capability: 'return-path', state: false },
      { capability: 'multifd', state: false },
      { capability: 'postcopy-ram', state: false },
    ],
  })
  await qmp.execute('migrate-set-parameters', {
    'tls-creds': '',
    'max-bandwidth': unlimitedBytesPerSecond,
  })
}

/** Forgets the key; the stream can be prepared anew afterwards. */
export async function clearStream(qmp: QmpConnection): Promise<void> {
  await qmp.execute('migrate-set-parameters', { 'tls-creds': '' }).catch(() => undefined)
  await qmp.execute('object-del', { id: credentials }).catch(() => undefined)
}
