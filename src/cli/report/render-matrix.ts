import type { Matrix, MatrixCell, MatrixHost, MatrixRow, Reason } from '../../compat/matrix.ts'
import { type Paint, paint } from './paint.ts'
import { wrap } from './wrap.ts'

export interface MatrixStyle {
  readonly colour?: boolean
  /** Of the terminal. */
  readonly columns?: number
}

const gap = '  '
/** Between a block of hosts and the next. */
const emptyLine = ['']

/**
 * Which zones can move where, as people read it: a table, in blocks of as many hosts as fit beside each other, then the
 * first reason of each cell that is not the best one, each reason once, then the sums.
 */
export function renderMatrix(matrix: Matrix, { colour = false, columns = 80 }: MatrixStyle = {}): string {
  const style = paint(colour)
  const notes = new Notes()
  const cells = matrix.rows.map((row) => row.cells.map((cell) => cellText(cell, notes)))
  const heads = labels(matrix.hosts)
  const widths = heads.map((head, index) =>
    Math.max(head.length, ...cells.map((texts) => texts[index]?.length ?? 0)),
  )
  const zoneWidth = Math.max(4, ...matrix.rows.map(({ zone }) => zone.length))
  const stateWidth = Math.max(5, ...matrix.rows.map((row) => stateOf(row).length))
  const left = (zone: string, state: string) => `${zone.padEnd(zoneWidth)}${gap}${state.padEnd(stateWidth)}`
  const blocks = fold(widths, columns - zoneWidth - gap.length - stateWidth).map((block) => [
    style(
      'bold',
      line(left('ZONE', 'STATE'), block, (index) => (heads[index] ?? '').padEnd(widths[index] ?? 0)),
    ),
    ...matrix.rows.map((row, number) =>
      line(left(row.zone, stateOf(row)), block, (index) => {
        const text = (cells[number]?.[index] ?? '').padEnd(widths[index] ?? 0)
        return paintCell(row.cells[index], text, style)
      }),
    ),
    '',
  ])
  const lines = [...blocks.flat(), ...notes.lines(), ...(notes.isEmpty ? [] : emptyLine), ...summary(matrix)]
  return `${lines.join('\n')}\n`
}

/** The reasons, numbered in the order in which they first come. */
class Notes {
  readonly #numbers = new Map<string, number>()

  get isEmpty(): boolean {
    return this.#numbers.size === 0
  }

  number({ rule, text }: Reason): number {
    const key = rule === null ? text : `${rule}: ${text}`
    const number = this.#numbers.get(key) ?? this.#numbers.size + 1
    this.#numbers.set(key, number)
    return number
  }

  lines(): string[] {
    return Array.from(this.#numbers, ([text, number]) => wrap(`[${number}] ${text}`, 0, 4)).flat()
  }
}

function cellText({ can, reason, notJudged }: MatrixCell, notes: Notes): string {
  const word = can === 'unknown' ? '?' : can
  return `${word}${notJudged === undefined ? '' : '*'}${reason === undefined ? '' : ` [${notes.number(reason)}]`}`
}

function paintCell(cell: MatrixCell | undefined, text: string, style: Paint): string {
  switch (cell?.can) {
    case 'live':
      return style('green', text)
    case 'warm':
    case 'cold':
      return style('yellow', text)
    case 'no':
      return style('red', text)
    case 'unknown':
    case undefined:
      return style('magenta', text)
  }
}

/** Names of the hosts; where two are alike, as they were given. */
function labels(hosts: readonly MatrixHost[]): string[] {
  return hosts.map(({ name, uri }) => (hosts.filter((other) => other.name === name).length > 1 ? uri : name))
}

function stateOf({ state, auxiliary }: MatrixRow): string {
  return [state, ...auxiliary].join(',')
}

/** Numbers of the columns, in blocks of as many as fit; always at least one. */
function fold(widths: readonly number[], room: number): number[][] {
  const blocks: number[][] = []
  let left = 0
  for (const [index, width] of widths.entries()) {
    left -= gap.length + width
    const block = blocks.at(-1)
    if (block === undefined || left < 0) {
      blocks.push([index])
      left = room - gap.length - width
    } else block.push(index)
  }
  return blocks
}

function line(left: string, block: readonly number[], cell: (index: number) => string): string {
  return [left, ...block.map(cell)].join(gap).trimEnd()
}

function summary({ rows, hosts }: Matrix): string[] {
  const cells = rows.flatMap((row) => row.cells)
  const count = (can: MatrixCell['can'], words: string) => {
    const number = cells.filter((cell) => cell.can === can).length
    return number === 0 ? [] : [`${number} ${words}`]
  }
  const sums = [
    ...count('live', 'live'),
    ...count('warm', 'warm'),
    ...count('cold', 'cold'),
    ...count('no', 'no'),
    ...count('unknown', 'not known'),
  ]
  const pairs = `${plural(rows.length, 'zone')}, ${plural(hosts.length, 'host')}: ${sums.join(', ')}.`
  const stuck = rows.filter((row) => row.cells.every(({ can }) => can === 'no')).map(({ zone }) => zone)
  const unjudged = [...new Set(cells.flatMap(({ notJudged }) => notJudged ?? []))]
  return [
    ...wrap(pairs, 0),
    ...(stuck.length === 0 ? [] : wrap(`Can move to none of them: ${stuck.join(', ')}.`, 0)),
    ...(unjudged.length === 0 ? [] : wrap(`* not judged, as you accepted: ${unjudged.join(', ')}.`, 0, 2)),
  ]
}

function plural(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`
}
