import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { ZoneError } from '../../errors.ts'
import { parseExport } from '../parse-export.ts'
import { printExport } from '../print-export.ts'
import { parseCommands } from './parse-commands.ts'
import { explain } from './script-error.ts'

const fixtures = new URL('../../../test/fixtures/zonecfg/', import.meta.url)
const samples = ['kernel-zone/', 'not-for-kernel-zones/'].flatMap((name) => {
  const folder = new URL(name, fixtures)
  return readdirSync(folder).map((file) => readFileSync(new URL(file, folder), 'utf8'))
})

const set = (text: string) => {
  const [command] = parseCommands(text)
  return command?.name === 'set' ? command.value : undefined
}

test('parseCommands() reads quotes, lists, complex values and empty values', () => {
  assert.deepEqual(set('set bootargs="kz=d -k -m verbose"'), { kind: 'simple', text: 'kz=d -k -m verbose' })
  assert.deepEqual(set('set a = "say \\"hi\\" \\\\ \\n"'), { kind: 'simple', text: 'say "hi" \\ \\n' })
  assert.deepEqual(set('set a=[ ro, "no devices" ,x]'), { kind: 'list', items: ['ro', 'no devices', 'x'] })
  assert.deepEqual(set('set a=(priv=privileged,limit="1 0")'), {
    kind: 'complex',
    fields: [
      ['priv', 'privileged'],
      ['limit', '1 0'],
    ],
  })
  assert.deepEqual(set('set a='), { kind: 'simple', text: '' })
  assert.deepEqual(set('set a=b=c#d'), { kind: 'simple', text: 'b=c#d' })
  assert.deepEqual(set('set s=nfs://a:b@[fd00::1]/x;end'), { kind: 'simple', text: 'nfs://a:b@[fd00::1]/x' })
})

test('parseCommands() ends a command at a newline, CRLF, semicolon or comment', () => {
  const names = parseCommands('create -b;add anet\r\n  end # done; really\n# set\n\n;commit').map(
    ({ name }) => name,
  )
  assert.deepEqual(names, ['create', 'add', 'end', 'commit'])
})

test('parseCommands() tells what it does not understand, and where', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['add anet\nset a="b', /On line 2:\nset a="b\n +\^ column 9\nThe closing quote is missing/],
    ['set a=[b', /column 9\nThe list needs "," or "\]" here/],
    ['set a=b"c"', /column 8\nSyntax error: found """, expected/],
    ['= x', /column 1\nSyntax error: found "=", expected .*command/],
    ['creat -b', /column 1\nUnknown command "creat"/],
    ['create -b -t x', /only one of -a, -b and -t/],
    ['set a=b c', /unexpected "c"; a value with blanks needs double quotes/],
    ['export -f', /option -f needs a value/],
  ]
  for (const [text, message] of cases) {
    assert.throws(
      () => {
        try {
          parseCommands(text)
        } catch (error) {
          throw explain(error, text)
        }
      },
      { message, exit: 2 },
    )
  }
})

test('parseCommands() reads all samples', () => {
  assert.ok(samples.length >= 20)
  for (const sample of samples) assert.ok(parseCommands(sample).length > 2)
})

/** Whatever the text: a configuration that prints stably, or an error for the operator. */
function survives(text: string): void {
  try {
    const printed = printExport(parseExport(text))
    assert.equal(printExport(parseExport(printed)), printed)
  } catch (error) {
    if (!(error instanceof ZoneError)) throw error
    assert.ok(error.message.length > 0 && error.message.length < 8000)
  }
}

test('parseExport() of arbitrary text gives a configuration or a ZoneError', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), survives), { numRuns: 500 })
  const words = fc.constantFrom(
    ...[
      'set',
      'add',
      'select',
      'remove',
      'end',
      'create',
      '-b',
      '-F',
      'anet',
      'device',
      'mac',
      'vlan',
      'id',
      '=',
      '0',
    ],
    ...[
      ';',
      '\n',
      ' ',
      '"',
      '[',
      ']',
      '(',
      ')',
      ',',
      '#',
      '\\',
      '%{id}',
      '4G',
      'storage',
      'dev:sda',
      'constructor',
    ],
    ...['__proto__', 'physical', 'capped-memory', 'allowed-vlan-ids', '\r\n', '\u2028', '\0'],
  )
  fc.assert(
    fc.property(
      fc.array(words, { maxLength: 40 }).map((all) => all.join('')),
      survives,
    ),
    { numRuns: 1000 },
  )
  fc.assert(
    fc.property(
      fc.array(words, { maxLength: 40 }).map((all) => all.join(' ')),
      survives,
    ),
    { numRuns: 1000 },
  )
})

test('parseExport() of a mutated sample gives a configuration or a ZoneError', () => {
  const mutated = fc
    .tuple(fc.constantFrom(...samples), fc.nat(1200), fc.nat(6), fc.string({ unit: 'binary', maxLength: 5 }))
    .map(([text, at, cut, extra]) => text.slice(0, at) + extra + text.slice(at + cut))
  fc.assert(fc.property(mutated, survives), { numRuns: 1000 })
})

test('parseExport() of a very long line or many brackets ends soon', { timeout: 20_000 }, () => {
  for (const part of ['[', '(', '"', 'a=', 'a=(', '\\', ' ', ';', '#', '-F ', 'set a=[b,'])
    survives(part.repeat(50_000))
})
