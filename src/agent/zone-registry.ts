import { createHash } from 'node:crypto'
import { readdir, readFile, rename, rm, rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ZoneError } from '../errors.ts'
import { journalPath } from '../migration/journal.ts'
import { atomicWrite, removeUnfinished } from '../util/atomic-write.ts'
import type { HostLayout } from '../util/host-layout.ts'
import { messageOf } from '../util/message-of.ts'
import { Turns } from '../util/turns.ts'
import type { ZoneConfig } from '../zone/config/zone-config.ts'
import type { Contract } from '../zone/contract.ts'
import { parseExport } from '../zone/parse-export.ts'
import { toContract } from '../zone/to-contract.ts'
import { noSuchZone, Zone } from './zone.ts'
import { newZoneRecord, readRecord, writeRecord, type ZoneRecord, zoneRecord } from './zone-record.ts'

export const digestOf = (text: string) => createHash('sha256').update(text).digest('hex')

export interface StoredConfig {
  readonly text: string
  readonly digest: string
  readonly config: ZoneConfig
}

/** The zones of a host: their configurations and records on disk, and one `Zone` each in memory. */
export class ZoneRegistry {
  readonly #layout: HostLayout
  readonly #zones = new Map<string, Zone>()
  /** Zones of which something on disk could not be read, and what: it is reported, never overwritten. */
  readonly #damaged = new Map<string, string>()
  readonly #updates = new Turns<Zone>()
  #lastZoneId = 0

  constructor(layout: HostLayout) {
    this.#layout = layout
  }

  /** Reads all that is on disk, and clears away what an interrupted zonesd has left half written. */
  async load(): Promise<void> {
    const { configFolder, stateFolder, runFolder } = this.#layout
    await Promise.all([configFolder, stateFolder, runFolder].map(removeUnfinished))
    const [configs, states] = await Promise.all([
      readdir(configFolder).catch(() => []),
      readdir(stateFolder, { withFileTypes: true }).catch(() => []),
    ])
    const configured = configs.filter((file) => /^[^.].*\.cfg$/.test(file)).map((file) => file.slice(0, -4))
    const known = states.filter((entry) => entry.isDirectory()).map(({ name }) => name)
    for (const name of new Set([...configured, ...known])) {
      await removeUnfinished(this.#layout.zoneFolder(name))
      const record = await readRecord(this.#layout.state(name), zoneRecord).catch((error: ZoneError) => {
        this.#damaged.set(name, error.message)
        return unavailable(newZoneRecord, error.message)
      })
      if (record === undefined && !configured.includes(name)) continue
      const zone = new Zone(name, record ?? newZoneRecord)
      zone.configMissing = !configured.includes(name)
      this.#zones.set(name, zone)
    }
  }

  /** Takes a zone out of use, in memory, since it is not known what runs of it here. */
  distrust(zone: Zone, error: unknown): void {
    const record = zone.distrusted?.record ?? zone.record
    zone.distrusted = { error, record }
    zone.record = unavailable(record, messageOf(error))
  }

  /** It is known after all: what is on disk of it holds again. */
  trust(zone: Zone): void {
    zone.record = zone.distrusted?.record ?? zone.record
    zone.distrusted = undefined
  }

  /** The next number for the listing; numbers of ended zones are not given again while zonesd runs. */
  nextZoneId(): number {
    const running = this.all().map((zone) => zone.running?.record.zoneId ?? 0)
    this.#lastZoneId = 1 + Math.max(this.#lastZoneId, ...running)
    return this.#lastZoneId
  }

  all(): Zone[] {
    return [...this.#zones.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Until it is known of every zone what runs of it here. */
  async whenAdopted(): Promise<void> {
    for (const { adopting } of this.all()) await adopting
  }

  find(name: string): Zone | undefined {
    return this.#zones.get(name)
  }

  /** @throws ZoneError NO_SUCH_ZONE */
  get(name: string): Zone {
    const zone = this.#zones.get(name)
    if (zone === undefined) throw noSuchZone(name)
    return zone
  }

  /** The configuration on disk, or undefined if there is none. */
  async config(name: string): Promise<StoredConfig | undefined> {
    const text = await readFile(this.#layout.config(name), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    if (text === undefined) return undefined
    try {
      return { text, digest: digestOf(text), config: parseExport(text) }
    } catch (error) {
      const path = this.#layout.config(name)
      throw new ZoneError(`The configuration "${path}" is damaged: ${(error as Error).message}`, {
        code: 'FILE_DAMAGED',
        remedy: `Restore it from a backup, or start anew: mv ${path} ${path}.damaged; zonecfg -z ${name}`,
        cause: error,
      })
    }
  }

  /** @throws ZoneError NO_SUCH_ZONE, FILE_DAMAGED */
  async contract(name: string): Promise<Contract> {
    const stored = await this.config(name)
    if (stored === undefined) throw noSuchZone(name)
    return contractOf(stored.config, name)
  }

  /** Stores a configuration; the zone becomes known if it was not. */
  async saveConfig(name: string, text: string): Promise<Zone> {
    // The key of a zone is nobody else's to read.
    const mode = /^add keysource$/m.test(text) ? 0o600 : 0o644
    await atomicWrite(this.#layout.config(name), text, mode)
    const zone = this.#zones.get(name) ?? new Zone(name, newZoneRecord)
    zone.configMissing = false
    this.#zones.set(name, zone)
    return zone
  }

  /** Forgets a zone and removes what is stored of it; disks of a detached zone that lie in its folder stay. */
  async remove(name: string): Promise<void> {
    const folder = this.#layout.zoneFolder(name)
    await rm(this.#layout.config(name), { force: true })
    const known = [
      this.#layout.state(name),
      this.#layout.key(name),
      this.#layout.nextKey(name),
      journalPath(folder),
      dirname(this.#layout.kernel(name)),
    ]
    await Promise.all(known.map((path) => rm(path, { recursive: true, force: true })))
    await rmdir(folder).catch(() => undefined)
    this.#zones.delete(name)
  }

  /** @throws ZoneError NAME_TAKEN, FILE_DAMAGED */
  async rename(from: string, to: string): Promise<void> {
    const zone = this.get(from)
    this.#requireSound(zone)
    if (this.#zones.has(to)) {
      throw new ZoneError(`zone '${from}': there is a zone '${to}' already`, { code: 'NAME_TAKEN' })
    }
    // The new name is taken before anything is waited for: somebody else may want it at the same time.
    this.#zones.set(to, new Zone(to, zone.record))
    try {
      await rename(this.#layout.zoneFolder(from), this.#layout.zoneFolder(to)).catch(
        (error: NodeJS.ErrnoException) => {
          if (error.code !== 'ENOENT') throw error
        },
      )
      await rename(this.#layout.config(from), this.#layout.config(to))
    } catch (error) {
      this.#zones.delete(to)
      throw error
    }
    this.#zones.delete(from)
  }

  /**
   * Changes a zone's record, on disk first.
   *
   * @throws ZoneError FILE_DAMAGED; why it is not known what runs of it; HOST_FAILURE, and the record is as it was
   */
  async update(zone: Zone, change: Partial<ZoneRecord>): Promise<void> {
    await this.#updates.take(zone, async () => {
      this.#requireSound(zone)
      const record = { ...zone.record, ...change }
      await writeRecord(this.#layout.state(zone.name), record)
      zone.record = record
    })
  }

  #requireSound({ name, distrusted }: Zone): void {
    if (distrusted?.error instanceof ZoneError) throw distrusted.error
    const reason = this.#damaged.get(name) ?? (distrusted && messageOf(distrusted.error))
    if (reason === undefined) return
    throw new ZoneError(`zone '${name}': ${reason}`, {
      code: 'FILE_DAMAGED',
      remedy: 'Restore what is damaged from a backup, then start zonesd again: zonesd stop; zoneadm list -cv',
    })
  }
}

const unavailable = (record: ZoneRecord, reason: string): ZoneRecord => ({
  ...record,
  state: 'unavailable',
  reason,
})

/** The contract of a zone's configuration. */
export function contractOf(config: ZoneConfig, zonename: string): Contract {
  return toContract(config, { zonename })
}
