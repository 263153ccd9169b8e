import type { Progress } from '../agent/api.ts'
import type { Report } from '../compat/schema.ts'
import type { ZoneContext } from './command.ts'
import { renderTransfer } from './render-transfer.ts'
import { renderReport } from './report/render-report.ts'
import { StatusLine } from './status-line.ts'

/** Shows people how a zone is suspended or goes on: zonesd's lines, the progress, and on demand the report. */
export class LifecycleView implements Disposable {
  readonly #context: Pick<ZoneContext, 'program' | 'zone' | 'io'>
  readonly #status: StatusLine
  #report: Report | undefined

  constructor(context: Pick<ZoneContext, 'program' | 'zone' | 'io'>) {
    this.#context = context
    this.#status = new StatusLine(context.io.stderr)
  }

  progress(progress: Progress): void {
    const { program, zone } = this.#context
    if (progress.kind === 'line') this.#status.print(`${program}: zone '${zone}': ${progress.text}`)
    else if (progress.kind === 'transfer') this.#status.update((columns) => renderTransfer(progress, columns))
    else this.#report = progress.report
  }

  /** The report of the compatibility check: what speaks against going on here. */
  showReport(): void {
    if (this.#report === undefined) return
    const { stderr } = this.#context.io
    this.#status.clear()
    stderr.write(renderReport(this.#report, { colour: stderr.isTTY === true && !process.env['NO_COLOR'] }))
  }

  [Symbol.dispose](): void {
    this.#status[Symbol.dispose]()
  }
}
