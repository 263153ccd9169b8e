import { cipherNames, commonCiphers } from '../../migration/cipher.ts'
import { journalPath, migrationJournal, type OutgoingJournal } from '../../migration/journal.ts'
import { kzoneVersion, protocol } from '../../util/version.ts'
import type { Handlers } from '../handlers.ts'
import { recoverArrival, recoverFilling, recoverHere } from '../incoming/recover-here.ts'
import { isHeldBySuspension } from '../lifecycle/abandon-suspension.ts'
import { recoverSuspension } from '../lifecycle/recover-suspension.ts'
import { explainedByEnd } from '../outgoing/machine-ended.ts'
import { migrateZone } from '../outgoing/migrate.ts'
import { readMigrations } from '../outgoing/migration-ledger.ts'
import { recorded } from '../outgoing/record-migration.ts'
import { requireGuest } from '../outgoing/require-guest.ts'
import { settleHeld } from '../outgoing/settle-held.ts'
import { settleStorage } from '../outgoing/settle-storage.ts'
import { stillHere } from '../outgoing/still-here.ts'
import { migrateWithStorage } from '../outgoing/with-storage.ts'
import { adoptAgain } from '../take-up.ts'
import { readRecord } from '../zone-record.ts'
import { migrationStatus } from './migration-status.ts'

const recoverTimeoutMs = 5_000

export const migrateHandlers: Handlers<
  'zone/migrate' | 'zone/migration' | 'host/migrations' | 'zone/ciphers' | 'zone/recover'
> = {
  async 'zone/migrate'(host, params, { signal, progress }) {
    const zone = host.registry.get(params.zone)
    return zone.exclusively('migrate', signal, async (operation) => {
      const { running, state } = zone
      return recorded(host, zone, params, progress, async (noted) => {
        try {
          const { newStorage = [], dryRun } = params
          // What an earlier move of its disks has left to do, as when it could not be settled until now.
          if (!dryRun) await settleStorage(host, zone, noted)
          const summary = await (newStorage.length === 0
            ? migrateZone(host, zone, params, operation, noted)
            : migrateWithStorage(host, zone, params, newStorage, operation, noted))
          if (dryRun) progress({ kind: 'line', text: 'Dry-run migration successful.' })
          return summary
        } catch (error) {
          throw stillHere(zone, state, await explainedByEnd(zone, running, error))
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

  async 'zone/recover'(host, { zone: name, environment, targetIsGone }, { signal, progress }) {
    const zone = host.registry.get(name)
    const tell = (text: string) => progress({ kind: 'line', text })
    if (zone.settleArrival !== undefined) {
      tell('Found: it has come here, and that could not be written down.')
      return { lines: await recoverArrival(zone) }
    }
    return zone.exclusively('recover', signal, async ({ controller }) => {
      await adoptAgain(host, zone)
      const journal = await readRecord(journalPath(host.layout.zoneFolder(name)), migrationJournal)
      if (journal?.direction === 'in') {
        tell(`Found: a ${journal.kind ?? 'live'} migration from ${journal.source} was not settled here.`)
        return { lines: await recoverHere(host, zone, journal, { sourceIsGone: targetIsGone, tell }) }
      }
      if (journal === undefined) {
        // One that could not be read was moved away by the operator's hand.
        if (zone.moving === 'migrating-out') zone.moving = undefined
        if (zone.filling !== undefined) return { lines: recoverFilling(zone) }
        if (isHeldBySuspension(zone)) {
          tell('Found: a suspension of this zone was not settled here.')
          await recoverSuspension(host, zone)
          return { lines: [`The zone is ${[zone.state, ...zone.auxiliary].join(', ')} here.`] }
        }
        await settleStorage(host, zone, progress)
        return { lines: ['No migration of this zone is unsettled here.'] }
      }
      const { target } = journal
      tell(`Found: ${inWords(journal)}.`)
      const unsettled = { ...journal, environment }
      const options = { targetIsGone, tell, signal: controller.signal }
      const where = await settleHeld(host, zone, unsettled, recoverTimeoutMs, options)
      await settleStorage(host, zone, progress)
      requireGuest(zone, target, where)
      if (where === 'here') return { lines: [`The zone is ${zone.state} here.`] }
      return {
        lines: [
          `The zone is on ${target}; it was detached here.`,
          `If that host went down since, it may not run there. Boot it there then: zoneadm -z ${name} boot`,
        ],
      }
    })
  },
}

/** How far a migration had come by its journal. */
function inWords({
  kind = 'live',
  target,
  startedAt,
  postcopy,
  handedOver,
  streamUri,
}: OutgoingJournal): string {
  const since = startedAt === undefined ? '' : `, begun ${startedAt},`
  const way = postcopy === true ? ', with post-copy allowed' : ''
  const far = handedOver === true || streamUri !== undefined
  const stage = !far
    ? 'before anything of it was sent'
    : kind === 'live'
      ? 'when its memory was being sent, or later'
      : 'when it was being handed over'
  return `a ${kind} migration to ${target}${since} was interrupted ${stage}${way}`
}
