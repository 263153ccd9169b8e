import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

export interface NarratorOptions {
  readonly write: (text: string) => void
  readonly colour: boolean
}

const width = 82
const tick = '✓'
const cross = '✗'

/** Tells what happens, for a person who sees kzone for the first time. */
export class Narrator {
  readonly #options: NarratorOptions
  readonly #startedAtMs = performance.now()
  #steps = 0

  constructor(options: NarratorOptions) {
    this.#options = options
  }

  title(text: string): void {
    this.#line(this.#style('bold', text))
  }

  /** The headline of the next step, with the seconds since the start at its end. */
  step(text: string): void {
    this.#steps += 1
    const seconds = `${((performance.now() - this.#startedAtMs) / 1000).toFixed(1)} s`
    const headline = `${this.#steps}  ${text}`
    const clock = seconds.padStart(Math.max(0, width - headline.length))
    this.#line(`\n${this.#style(['bold', 'cyan'], headline)}${this.#style('dim', clock)}`)
  }

  note(text: string): void {
    this.#line(`   ${text}`)
  }

  /** A command as it is typed on a host. */
  command(host: string, argv: readonly string[]): void {
    const lines = broken(argv.map(quoted), width - host.length - 7)
    const typed = lines.map((line) => this.#style('bold', line)).join(' \\\n      ')
    this.#line(`   ${this.#style('green', `${host}#`)} ${typed}`)
  }

  /** A line that a command has printed. */
  output(line: string): void {
    this.#line(line === '' ? '' : `   ${line.trimEnd()}`)
  }

  /** A line of the summary. */
  result(label: string, text: string, isHeld?: boolean): void {
    const mark = isHeld === undefined ? ' ' : this.#style(isHeld ? 'green' : 'red', isHeld ? tick : cross)
    this.#line(` ${mark} ${this.#style('bold', label.padEnd(10))} ${text}`)
  }

  verdict(text: string, isGood: boolean): void {
    this.#line(`\n${this.#style(['bold', isGood ? 'green' : 'red'], text)}`)
  }

  plain(text = ''): void {
    this.#line(text)
  }

  #style(style: Style, text: string): string {
    return this.#options.colour ? styleText(style, text, { validateStream: false }) : text
  }

  #line(text: string): void {
    this.#options.write(`${text}\n`)
  }
}

/** Breaks a command into lines before its options, if it is too long for one. */
function broken(words: readonly string[], columns: number): string[] {
  const lines = ['']
  for (const [index, word] of words.entries()) {
    const line = lines.at(-1) ?? ''
    // The option and its value stay together.
    const length = line.length + 1 + word.length + 1 + (words[index + 1] ?? '').length
    if (word.startsWith('-') && length > columns) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines
}

function quoted(word: string): string {
  return /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word}'`
}
