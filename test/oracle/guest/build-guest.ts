import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { temporaryFolder } from '../../fixtures/temporary-folder.ts'

// Makes reporting-guest.gen.ts from reporting-guest.s: `node test/oracle/guest/build-guest.ts`. Only who changes the
// guest needs it, and the assembler (the Debian package binutils).

const run = promisify(execFile)
/** Where the BIOS puts a boot sector. */
const loadAddress = '0x7c00'

async function build(source: string): Promise<Buffer> {
  await using folder = await temporaryFolder()
  const [object, image] = [join(folder.path, 'guest.o'), join(folder.path, 'guest.bin')]
  await run('as', ['--32', '-o', object, source])
  await run('ld', ['-m', 'elf_i386', '-Ttext', loadAddress, '--oformat', 'binary', '-o', image, object])
  return readFile(image)
}

const image = await build(join(import.meta.dirname, 'reporting-guest.s'))
const used = image.subarray(0, image.findLastIndex((byte) => byte !== 0) + 1)
const lines = used.toString('base64').match(/.{1,100}/g) ?? []
const text = [
  '// Made from reporting-guest.s by build-guest.ts: do not edit.',
  '',
  `export const reportingGuestBytes = ${image.length}`,
  '',
  '/** In base64, without the zeros at its end. */',
  'export const reportingGuestImage =',
  lines.map((line) => `  '${line}'`).join(' +\n'),
  '',
]
await writeFile(join(import.meta.dirname, 'reporting-guest.gen.ts'), text.join('\n'))
