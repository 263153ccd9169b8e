/** A CPU as QMP takes it: a model and the properties that are set on it. */
export interface CpuSpec {
  readonly name: string
  readonly props: Readonly<Record<string, boolean | number | string>>
}

function value(text: string): boolean | number | string {
  if (text === 'on' || text === 'off') return text === 'on'
  return /^\d+$/.test(text) ? Number(text) : text
}

/** Reads a CPU as `-cpu` takes it: `MODEL[,+FEATURE][,-FEATURE][,PROPERTY=VALUE]…` */
export function parseCpuWords(cpu: string): CpuSpec {
  const [name = '', ...words] = cpu.split(',')
  const props = words.map((word): [string, boolean | number | string] => {
    if (word.startsWith('+') || word.startsWith('-')) return [word.slice(1), word.startsWith('+')]
    const equals = word.indexOf('=')
    return equals === -1 ? [word, true] : [word.slice(0, equals), value(word.slice(equals + 1))]
  })
  return { name, props: Object.fromEntries(props) }
}
