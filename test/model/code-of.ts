import { readFileSync } from 'node:fs'

/** A source file without its comments: a word that stands in one of them alone does nothing. */
export function codeOf(path: string): string {
  return readFileSync(path, 'utf8')
    .replaceAll(/\/\*[^]*?\*\//g, '')
    .replaceAll(/^\s*\/\/.*$/gm, '')
}
