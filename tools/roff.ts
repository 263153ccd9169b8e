/** Text for a manual page: nothing in it is taken for a request or an escape, and a hyphen stays one. */
export function roff(text: string): string {
  return text
    .replaceAll('\\', String.raw`\e`)
    .replaceAll('-', String.raw`\-`)
    .replaceAll(/^([.'])/gm, String.raw`\&$1`)
}

/** An entry of a list: a term, and indented below it what is said of it. */
export function entry(term: string, ...lines: readonly string[]): string[] {
  return ['.TP', `.B ${quoted(term)}`, ...lines.map(roff)]
}

/** An argument of a request, in one piece. */
export function quoted(text: string): string {
  return `"${roff(text).replaceAll('"', String.raw`\(dq`)}"`
}
