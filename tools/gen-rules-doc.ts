/** Writes the manual page of the compatibility check from the rules: `node tools/gen-rules-doc.ts` */
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Rule } from '../src/compat/rule.ts'
import { rules } from '../src/compat/rules/index.ts'

export const rulesDocFile = new URL('../docs/rules.gen.md', import.meta.url)

const introduction = `# What is checked before a migration

\`zoneadm -z NAME migrate -n HOST\`, and the first step of each real migration, run all of these rules and
report all that they find; nothing has moved until then. A rule of severity error refuses the migration if it is
broken, one of severity warning does not. If a fact that a rule needs cannot be read, the migration is refused too, and
the report says which fact and why. Each finding has the values of both hosts and, where there is one, a remedy to paste.

This page is made from the rules by \`node tools/gen-rules-doc.ts\`.
`

const headings: Readonly<Record<string, string>> = { cpu: 'CPU' }

/** The text of `docs/rules.gen.md`. */
export function rulesDoc(): string {
  const groups = Map.groupBy(
    rules.toSorted((a, b) => a.id.localeCompare(b.id)),
    ({ id }) => id.slice(0, id.indexOf('/')),
  )
  const sections = [...groups].map(([group, members]) => [
    `## ${headings[group] ?? capitalised(group)}\n`,
    ...members.map(section),
  ])
  return [introduction, ...sections.flat()].join('\n')
}

function section({ id, title, doc, remedy, kinds, severity, needs }: Rule): string {
  const facts = needs.map((need) => `\`${need}\``).join(', ') || 'nothing that could be unknown'
  return `### ${id}

**${title}.** ${doc}

- what to do: ${remedy}
- applies to: ${kinds.join(', ')}
- severity: ${severity}
- facts it needs: ${facts}
`
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(rulesDocFile, rulesDoc())
}
