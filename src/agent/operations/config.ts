import { readFile } from 'node:fs/promises'
import { ZoneError } from '../../errors.ts'
import { readZoneKey } from '../../hostdata/zone-key.ts'
import { parseExport } from '../../zone/parse-export.ts'
import { printExport } from '../../zone/print-export.ts'
import { hasZoneNameForm, isZoneName } from '../../zone/schema/zone-name.ts'
import type { Handlers } from '../handlers.ts'
import type { Host } from '../host.ts'
import { applyLive } from '../lifecycle/apply-live.ts'
import { ownState } from '../ownership/hand-over-record.ts'
import { noteOwner } from '../ownership/own.ts'
import { noSuchZone, type Zone } from '../zone.ts'
import { digestOf } from '../zone-registry.ts'

/** Names are file names here: zonecfg refuses others with a better message. */
function requireName(zone: string, isName: (given: string) => boolean = isZoneName): void {
  if (isName(zone)) return
  throw new ZoneError(`"${zone}" is not a valid zone name`, { code: 'BAD_ZONE_NAME' })
}

type ConfigOperations = 'config/load' | 'config/save' | 'config/remove' | 'config/key' | 'config/template'

export const configHandlers: Handlers<ConfigOperations> = {
  async 'config/load'(host, { zone, live }) {
    if (live) {
      const { record } = host.registry.get(zone).requireRunning('reading the live configuration')
      return { text: record.configText, digest: digestOf(record.configText) }
    }
    const stored = await host.registry.config(zone)
    return stored === undefined ? null : { text: stored.text, digest: stored.digest }
  },

  async 'config/save'(host, { zone: name, text, expected, live }, { signal }) {
    requireName(name)
    // What is stored is what can be read back, and nothing else.
    const canonical = printExport(parseExport(text))
    const zone = host.registry.find(name)
    if (zone === undefined) {
      if (expected !== null) throw changed(name)
      await host.registry.saveConfig(name, canonical).catch((error: unknown) => {
        throw notMade(name, error)
      })
      return { digest: digestOf(canonical), notes: [] }
    }
    return zone.exclusively('configure', signal, async () => {
      const current = live ? zone.running?.record.configText : (await host.registry.config(name))?.text
      if ((current === undefined ? null : digestOf(current)) !== expected) throw changed(name)
      const notes = live ? await applyLive(host, zone, canonical) : []
      if (!live) await saveChanged(host, zone, canonical)
      return { digest: digestOf(canonical), notes }
    })
  },

  async 'config/remove'(host, { zone: name }, { signal }) {
    const zone = host.registry.find(name)
    if (zone === undefined) throw noSuchZone(name)
    await zone.exclusively('delete', signal, async () => {
      if (zone.running !== undefined || zone.record.state !== 'configured') {
        throw new ZoneError(`zone '${name}': cannot be deleted while it is ${zone.state}`, {
          code: 'WRONG_STATE',
          remedy: `zoneadm -z ${name} ${zone.running === undefined ? 'uninstall' : 'halt'}`,
        })
      }
      await host.registry.remove(name)
    })
    return {}
  },

  async 'config/key'({ layout }, { zone: name }) {
    requireName(name)
    return (await readZoneKey(layout.key(name)))?.toString('hex') ?? null
  },

  async 'config/template'(host, { name }) {
    requireName(name, hasZoneNameForm)
    return readFile(`${host.layout.configFolder}/${name}`, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw error
    })
  },
}

/** Whoever takes the zone over later compares its configuration with the digest on the boot device. */
async function saveChanged(host: Host, zone: Zone, text: string): Promise<void> {
  await host.registry.saveConfig(zone.name, text)
  if (zone.record.state === 'installed' && zone.moving === undefined) {
    await noteOwner(host, zone, ownState(zone))
  }
}

/** @returns the refusal of an edit that began from another text than the one that holds now */
function changed(name: string): ZoneError {
  return new ZoneError(`zone '${name}': its configuration was changed by somebody else meanwhile`, {
    code: 'CONFIG_CHANGED',
    remedy: 'Read it again and repeat your changes',
  })
}

function notMade(name: string, error: unknown): unknown {
  if (!(error instanceof ZoneError)) return error
  const { message, code, remedy = '' } = error
  return new ZoneError(`${message}; no zone '${name}' was made`, { code, remedy, cause: error })
}
