/** Makes the parser of the zonecfg language from its grammar: `node tools/gen-grammar.ts` */
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import peggy from 'peggy'

const folder = new URL('../src/zone/language/', import.meta.url)
export const grammarFile = new URL('grammar.peggy', folder)
export const parserFile = new URL('grammar.gen.js', folder)

/** The text of `grammar.gen.js` for a grammar. */
export function generateParser(grammar: string): string {
  return peggy.generate(grammar, { output: 'source', format: 'es', grammarSource: 'zonecfg' })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(parserFile, generateParser(await readFile(grammarFile, 'utf8')))
}
