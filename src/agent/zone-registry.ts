import { createHash } from 'node:crypto'
import { readdir, readFile, rename, rm } from 'node:fs/promises'
import { ZoneError } from '../errors.ts'
import { atomicWrite } from '../util/atomic-write.ts'
import type { HostLayout } from '../util/host-layout.ts'
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
  /** Files that could not be read, by zone: reported, never overwritten. */
  readonly damaged = new Map<string, string>()

  constructor(layout: HostLayout) {
    this.#layout = layout
  }

  /** Reads all that is on disk. */
  async load(): Promise<void> {
    const [configs, states] = await Promise.all([
      readdir(this.#layout.configFolder).catch(() => []),
      readdir(this.#layout.stateFolder, { withFileTypes: true }).catch(() => []),
    ])
    const configured = configs.filter((file) => /^[^.].*\.cfg$/.test(file)).map((file) => file.slice(0, -4))
    const known = states.filter((entry) => entry.isDirectory()).map(({ name }) => name)
    for (const name of new Set([...configured, ...known])) {
      const record = await readRecord(this.#layout.state(name), zoneRecord).catch((error: ZoneError) => {
        this.damaged.set(name, error.message)
        return { ...newZoneRecord, state: 'unavailable' as const, reason: error.message }
      })
      if (record === undefined && !configured.includes(name)) continue
      const zone = new Zone(name, record ?? newZoneRecord)
      zone.configMissing = !configured.includes(name)
      this.#zones.set(name, zone)
    }
  }

  all(): Zone[] {
    return [...this.#zones.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
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
    await atomicWrite(this.#layout.config(name), text)
    const zone = this.#zones.get(name) ?? new Zone(name, newZoneRecord)
    zone.configMissing = false
    this.#zones.set(name, zone)
    return zone
  }

  /** Forgets a zone and removes what is stored of it. */
  async remove(name: string): Promise<void> {
    await rm(this.#layout.config(name), { force: true })
    await rm(this.#layout.zoneFolder(name), { recursive: true, force: true })
    this.#zones.delete(name)
  }

  async rename(from: string, to: string): Promise<void> {
    const zone = this.get(from)
    const renamed = new Zone(to, zone.record)
    await rename(this.#layout.zoneFolder(from), this.#layout.zoneFolder(to)).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
      },
    )
    await rename(this.#layout.config(from), this.#layout.config(to))
    this.#zones.delete(from)
    this.#zones.set(to, renamed)
  }

  /** Changes a zone's record, on disk first. */
  async update(zone: Zone, change: Partial<ZoneRecord>): Promise<void> {
    const record = { ...zone.record, ...change }
    await writeRecord(this.#layout.state(zone.name), record)
    zone.record = record
  }
}

/** The contract of a zone's configuration. */
export function contractOf(config: ZoneConfig, zonename: string): Contract {
  return toContract(config, { zonename })
}
