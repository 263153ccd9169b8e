const width = 100

/**
 * Plain data as indented lines: `name: value`, lists of plain values on one line as far as they fit. The wrapping of a
 * fact (`known`, `unknown`) is left out.
 */
export function outline(value: unknown, name = '', indent = 0): string[] {
  const plain = unwrap(value)
  const label = `${' '.repeat(indent)}${name === '' ? '' : `${name}:`}`
  const inner = name === '' ? indent : indent + 2
  if (Array.isArray(plain)) {
    if (plain.length === 0) return [`${label} none`]
    if (plain.every((item) => !isObject(unwrap(item)))) return wrapped(label, plain.map(text), inner)
    return [label, ...plain.flatMap((item) => bullet(outline(item, '', inner + 2), inner))]
  }
  if (!isObject(plain)) return [`${label} ${text(plain)}`]
  const lines = Object.entries(plain).flatMap(([key, item]) => outline(item, key, inner))
  return name === '' ? lines : [label, ...lines]
}

function unwrap(value: unknown): unknown {
  if (!isObject(value)) return value
  if ('known' in value) return value['known']
  return typeof value['unknown'] === 'string' ? `not known: ${value['unknown']}` : value
}

/** Marks the first line of a list's item. */
function bullet(lines: readonly string[], indent: number): string[] {
  return lines.map((line, index) => (index === 0 ? `${' '.repeat(indent)}- ${line.trimStart()}` : line))
}

function wrapped(label: string, words: readonly string[], indent: number): string[] {
  const line = `${label} ${words.join(', ')}`
  if (line.length <= width) return [line]
  const lines: string[] = []
  let current = ''
  for (const word of words) {
    if (current !== '' && indent + current.length + word.length > width) {
      lines.push(current)
      current = ''
    }
    current += `${word}, `
  }
  lines.push(current.slice(0, -2))
  return [label, ...lines.map((item) => `${' '.repeat(indent)}${item.trimEnd()}`)]
}

function text(value: unknown): string {
  if (value === null || value === undefined) return 'none'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
