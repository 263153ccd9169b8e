import type { HostLayout } from '../../util/host-layout.ts'
import { readMigrations } from './migration-ledger.ts'

/** Hosts are busier at one time than at another: older ones say less. */
const lastOnes = 5

/** What the end of the last live migrations from here to that host took, or, if there was none, of those to any host. */
export async function lastEndingsMs(layout: HostLayout, target: string | undefined): Promise<number[]> {
  const { records } = await readMigrations(layout, null)
  const measured = records.flatMap(({ target: where, endingMs }) =>
    endingMs === undefined ? [] : [{ where, endingMs }],
  )
  const there = measured.filter(({ where }) => where === target)
  return (there.length === 0 ? measured : there).slice(-lastOnes).map(({ endingMs }) => endingMs)
}
