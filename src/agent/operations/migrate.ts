import { cipherNames, commonCiphers } from '../../migration/cipher.ts'
import { type IncomingJournal, journalPath, migrationJournal } from '../../migration/journal.ts'
import { kzoneVersion, protocol } from '../../util/version.ts'
import type { Handlers } from '../handlers.ts'
import type { Host } from '../host.ts'
import { giveUpIncoming } from '../incoming/give-up.ts'
import { finish } from '../outgoing/carry-out.ts'
import { diedOnTheWay } from '../outgoing/drain-zone.ts'
import { explainedByEnd } from '../outgoing/machine-ended.ts'
import { migrateZone } from '../outgoing/migrate.ts'
import { readMigrations } from '../outgoing/migration-ledger.ts'
import { recorded } from '../outgoing/record-migration.ts'
import { recordSettled } from '../outgoing/record-settled.ts'
import { endOldGuest, settle, targetLost } from '../outgoing/settle.ts'
import { migrateWithStorage } from '../outgoing/with-storage.ts'
import type { Zone } from '../zone.ts'
import { readRecord } from '../zone-record.ts'
import { migrationStatus } from './migration-status.ts'

const recoverTimeoutMs = 5_000

export const migrateHandlers: Handlers<
  'zone/migrate' | 'zone/migration' | 'host/migrations' | 'zone/ciphers' | 'zone/recover'
> = {
  async 'zone/migrate'(host, params, { signal, progress }) {
    const zone = host.registry.get(params.zone)
    return zone.exclusively('migrate', signal, async (operation) => {
      const { running } = zone
      return recorded(host, zone, params, progress, async (noted) => {
        try {
          const { newStorage = [], dryRun } = params
          const summary = await (newStorage.length === 0
            ? migrateZone(host, zone, params, operation, noted)
            : migrateWithStorage(host, zone, params, newStorage, operation, noted))
          if (dryRun) progress({ kind: 'line', text: 'Dry-run migration successful.' })
          return summary
        } catch (error) {
          throw await explainedByEnd(zone, running, error)
        }
      })
    })
  },

  'zone/migration'(host, params) {
    return migrationStatus(host, host.registry.get(params.zone))
  },

  'host/migrations'({ layout }, { zones }) {
    return readMigrations(layout, zones)
  },

  async 'zone/ciphers'(host, { target, environment }, { signal }) {
    await using peer = await host.peers.acquire(target, environment)
    const hello = { version: kzoneVersion, protocol, host: host.identity, ciphers: [...cipherNames] }
    const { ciphers } = await peer.call('peer/hello', hello, { signal })
    return { ciphers: commonCiphers(ciphers) }
  },

  async 'zone/recover'(host, { zone: name, environment, targetIsGone }, { signal }) {
    const zone = host.registry.get(name)
    return zone.exclusively('recover', signal, async () => {
      const journal = await readRecord(journalPath(host.layout.zoneFolder(name)), migrationJournal)
      if (journal === undefined) return { lines: ['No migration of this zone is unsettled here.'] }
      if (journal.direction === 'in' && zone.lostFrom !== undefined && targetIsGone) {
        return { lines: await forgetLost(host, zone, journal) }
      }
      if (journal.direction === 'in') {
        return { lines: [`The zone was on its way here from ${journal.source}; recover it there.`] }
      }
      const { target } = journal
      const unsettled = { ...journal, environment }
      const where = targetIsGone
        ? await endOldGuest(host, zone, unsettled)
        : await settle(host, zone, unsettled, recoverTimeoutMs)
      await finish(host, zone)
      await recordSettled(host, unsettled, where)
      if (where === 'lost') throw targetLost(name, target)
      if (where === 'dead') throw diedOnTheWay(name, target)
      const outcome =
        where === 'here'
          ? [`The zone is ${zone.state} here.`]
          : [
              `The zone is on ${target}; it was detached here.`,
              `If that host went down since, it may not run there. Boot it there then: zoneadm -z ${name} boot`,
            ]
      return { lines: [`The migration to ${target} was interrupted.`, ...outcome] }
    })
  },
}

/** The operator vouches that the source knows nothing of it any more: the zone's name is free again on this host. */
async function forgetLost(host: Host, zone: Zone, journal: IncomingJournal): Promise<string[]> {
  const held = { [Symbol.dispose]: () => undefined }
  await giveUpIncoming(host, { zone, journal, key: undefined, held })
  return [
    `The migration from ${journal.source} is forgotten here${journal.imported ? ', and the configuration that came with it' : ''}.`,
    `If its disk is this host's now, configure the zone and attach it: zoneadm -z ${zone.name} attach`,
  ]
}
