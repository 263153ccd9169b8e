import assert from 'node:assert/strict'
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../test/fixtures/temporary-folder.ts'
import type { ZoneError } from '../../errors.ts'
import { parseExport } from '../../zone/parse-export.ts'
import { keyOfSource } from '../zone-key.ts'
import { givenKey } from './given-key.ts'

const secret = '5a'.repeat(32)
const config = (...settings: readonly string[]) =>
  parseExport(
    `create -b\nset brand=solaris-kz\n${settings.length === 0 ? '' : `add keysource\n${settings.join('\n')}\nend\n`}`,
  )

async function host() {
  const folder = await temporaryFolder()
  const programs = join(folder.path, 'programs')
  await mkdir(programs)
  const context = { root: folder.path, programs }
  return {
    path: folder.path,
    programs,
    give: (...settings: readonly string[]) => givenKey(config(...settings), context),
    async program(scheme: string, script: string, mode = 0o755) {
      const path = join(programs, scheme)
      await writeFile(path, `#!/bin/sh\n${script}\n`)
      await chmod(path, mode)
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

test('A key is given as it is, as words, or not at all', async () => {
  await using here = await host()
  assert.equal(await here.give(), undefined)
  assert.deepEqual(await here.give(`set raw=${secret}`), Buffer.from(secret, 'hex'))
  const [key, again, other] = await Promise.all(
    ['correct horse', 'correct horse', 'correct hors'].map((words) => here.give(`set passphrase="${words}"`)),
  )
  assert.equal(key?.length, 32)
  assert.deepEqual(key, again)
  assert.notDeepEqual(key, other)
  assert.notDeepEqual(key, keyOfSource('correct horse'))
})

test('A key is read from a file that its owner alone can read', async () => {
  await using here = await host()
  const file = join(here.path, 'key')
  await writeFile(file, `${secret}\n`, { mode: 0o600 })
  const give = () => here.give('set uri=file:///key')
  assert.deepEqual(await give(), Buffer.from(secret, 'hex'))
  await chmod(file, 0o640)
  await assert.rejects(give(), { code: 'KEYSOURCE_UNREACHABLE', remedy: `chmod 0600 ${file}` })
  await chmod(file, 0o600)
  if (process.getuid?.() === 0) {
    await chown(file, 65534, 65534)
    await assert.rejects(give(), { code: 'KEYSOURCE_UNREACHABLE', remedy: `chown root ${file}` })
    await chown(file, 0, 0)
  }
  await writeFile(file, '\n')
  await chmod(file, 0o600)
  await assert.rejects(give(), { code: 'KEYSOURCE_UNREACHABLE', message: /file:\/\/\/key.*it is empty/ })
  await assert.rejects(here.give('set uri=file:///nowhere'), {
    code: 'KEYSOURCE_UNREACHABLE',
    message: /ENOENT/,
  })
})

test('A key of any other scheme is fetched by the program of that name, which is told the URI on its input alone', async () => {
  await using here = await host()
  await here.program(
    'pkcs11',
    `read uri; [ "$#" = 0 ] && [ "$uri" = "pkcs11:object=web1" ] && echo ${secret}`,
  )
  assert.deepEqual(await here.give('set uri=pkcs11:object=web1'), Buffer.from(secret, 'hex'))
  await assert.rejects(here.give('set uri=pkcs11:object=db1'), { code: 'KEYSOURCE_UNREACHABLE' })
})

test('A program that fails, is not there, or is anybody’s to change gives no key, and no text has any of it', async () => {
  await using here = await host()
  await here.program('kmip', `echo ${secret}; echo "not accepted: ${secret}" >&2; exit 3`)
  await assert.rejects(here.give('set uri=kmip://keys/7'), (error: ZoneError) => {
    assert.equal(error.code, 'KEYSOURCE_UNREACHABLE')
    assert.match(error.message, /kmip:\/\/keys\/7.*kmip" failed with exit code 3$/)
    assert.doesNotMatch(JSON.stringify([error.message, error.remedy, `${error.cause as Error}`]), /5a5a/)
    return true
  })
  await assert.rejects(here.give('set uri=tpm:web1'), {
    code: 'KEYSOURCE_UNREACHABLE',
    message: /there is no program/,
    remedy: /reads the URI from its input/,
  })
  await here.program('open', `echo ${secret}`, 0o777)
  await assert.rejects(here.give('set uri=open:web1'), { remedy: /chmod 0755/ })
})
