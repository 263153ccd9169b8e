import type { LiveMigration } from '../live-migration.ts'
import type { Migration } from '../migration.ts'
import type { Phase } from '../phase.ts'
import { check } from './check.ts'
import { cleanUp } from './clean-up.ts'
import { connect } from './connect.ts'
import { drain } from './drain.ts'
import { handOver } from './hand-over.ts'
import { offer } from './offer.ts'
import { prepare } from './prepare.ts'
import { probe } from './probe.ts'
import { reserve } from './reserve.ts'
import { transfer } from './transfer.ts'

/** What finds out whether the migration is allowed. Changes nothing. */
export const checkPhases: readonly Phase<LiveMigration>[] = [connect, check]

/** What moves a zone that does not run, suspended or not: nothing of it has to be there before it is handed over. */
export const restPhases: readonly Phase<Migration>[] = [reserve, offer, handOver, cleanUp]

/** What moves a running zone. Up to `transfer` all can be undone; from `hand-over` on all goes forward. */
export const movePhases: readonly Phase<LiveMigration>[] = [
  reserve,
  offer,
  prepare,
  transfer,
  handOver,
  drain,
  probe,
  cleanUp,
]
