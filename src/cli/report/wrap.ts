/**
 * Breaks text into lines of at most `width` columns, all of them indented. Words are never broken: a storage URI stays
 * in one piece, even if it sticks out.
 */
export function wrap(text: string, indent: number, hanging = indent, width = 80): string[] {
  const lines: string[] = []
  let line = ' '.repeat(indent)
  let isEmpty = true
  for (const word of text.split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line)
      line = ' '.repeat(hanging)
      isEmpty = true
    }
    line += isEmpty ? word : ` ${word}`
    isEmpty = false
  }
  return [...lines, line]
}
