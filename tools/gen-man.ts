/** Writes the manual pages from their frames in man/*.in and from the code: `node tools/gen-man.ts` */
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Command } from '../src/cli/command.ts'
import { zoneadmCommands } from '../src/cli/commands/zoneadm/commands.ts'
import { helpOption } from '../src/cli/read-options.ts'
import { optionNames } from '../src/cli/render-help.ts'
import { wrap } from '../src/cli/report/wrap.ts'
import { suriadmCommands } from '../src/cli/suriadm/commands.ts'
import { synopsisLines } from '../src/cli/synopsis.ts'
import { usage as zonecfgUsage } from '../src/cli/zonecfg/arguments.ts'
import type { Rule } from '../src/compat/rule.ts'
import { rules } from '../src/compat/rules/index.ts'
import { kzoneVersion } from '../src/util/version.ts'
import { commandTable } from '../src/zone/language/command.ts'
import type { Property } from '../src/zone/schema/property.ts'
import type { ResourceType } from '../src/zone/schema/resource-type.ts'
import { zoneType } from '../src/zone/schema/zone-type.ts'
import { entry, quoted, roff } from './roff.ts'

const folder = new URL('../man/', import.meta.url)

/** For each page what its frame leaves to the code. */
const pages: Readonly<Record<string, () => Readonly<Record<string, readonly string[]>>>> = {
  'zoneadm.8': () => ({
    SYNOPSIS: zoneadmCommands.all.flatMap((command) => usage('zoneadm', command)),
    SUBCOMMANDS: zoneadmCommands.all.flatMap((command) => subcommand('zoneadm', command)),
  }),
  'zonecfg.8': () => ({
    SYNOPSIS: zonecfgUsage.map((line) => roff(line.replace(/^usage:/, '').trim())),
    SUBCOMMANDS: commandTable.flatMap(({ usage, summary }) => entry(usage, summary)),
    RESOURCES: resources(zoneType, ''),
  }),
  'suriadm.8': () => ({
    SYNOPSIS: suriadmCommands.all.flatMap((command) => usage('suriadm', command)),
    SUBCOMMANDS: suriadmCommands.all.flatMap((command) => subcommand('suriadm', command)),
  }),
  'kzhostdata.8': () => ({}),
  'kzone-compatibility.7': () => ({ RULES: rules.toSorted((a, b) => (a.id < b.id ? -1 : 1)).flatMap(rule) }),
}

/** The manual pages, by the URLs of their files. */
export function manualPages(): ReadonlyMap<URL, string> {
  return new Map(
    Object.entries(pages).map(([name, parts]) => {
      const filled = { ...parts(), VERSION: [`kzone ${kzoneVersion}`] }
      const frame = readFileSync(new URL(`${name}.in`, folder), 'utf8')
      const text = Object.entries(filled).reduce(
        (page, [mark, lines]) => page.replace(`@${mark}@`, () => lines.join('\n')),
        frame,
      )
      return [new URL(name, folder), text]
    }),
  )
}

/** In lines that are not filled: broken where a terminal of 80 columns ends. */
function usage(program: string, command: Command): string[] {
  return synopsisLines(program, command).flatMap((line) => wrap(line, 0, 8, 72).map(roff))
}

function subcommand(program: string, command: Command): string[] {
  const { summary, details = [], options } = command
  const all = Object.entries({ ...options, ...helpOption })
  return [
    `.SS ${quoted(command.name)}`,
    '.nf',
    ...usage(program, command),
    '.fi',
    '.PP',
    roff(`${summary}.`),
    ...(details.length === 0 ? [] : ['.PP', ...details.map(roff)]),
    ...all.flatMap(([name, spec]) => entry(optionNames(name, spec).trim(), sentence(spec.help))),
  ]
}

function resources(type: ResourceType, path: string): string[] {
  const title = path === '' ? 'Of the zone itself' : `${path}${type.count === 'one' ? ' (at most one)' : ''}`
  return [
    `.SS ${quoted(title)}`,
    ...(path === '' ? [] : [roff(sentence(type.help))]),
    ...type.properties.flatMap(propertyEntry),
    ...type.children.flatMap((child) => resources(child, path === '' ? child.name : `${path}:${child.name}`)),
  ]
}

function propertyEntry(property: Property): string[] {
  const { name, help, kind, tokens, live, match, effect } = property
  const facts = [
    `Value: ${kind.expects}.`,
    ...(property.default === undefined ? [] : [`Default: ${property.default}.`]),
    ...(tokens.length === 0 ? [] : [`Tokens: ${tokens.map((token) => `%{${token}}`).join(' ')}.`]),
    ...(effect === 'stored' ? ['Only stored by this release.'] : []),
    ...(live ? ['Acts on a running zone.'] : []),
    ...(match ? ['Must be the same on both hosts for a migration.'] : []),
  ]
  return entry(name, sentence(help), ...facts)
}

function rule({ id, title, doc, remedy, kinds, severity, needs }: Rule): string[] {
  const effect = severity === 'error' ? 'refuses the migration' : 'warns'
  return [
    `.SS ${quoted(id)}`,
    `.B ${quoted(`${title}.`)}`,
    roff(doc),
    ...entry('What to do', remedy),
    ...entry('Applies to', `${kinds.join(', ')}; ${effect}`),
    ...entry('Facts it needs', needs.join(', ') || 'none that could be unknown'),
  ]
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await Promise.all(Array.from(manualPages(), ([file, text]) => writeFile(file, text)))
}
