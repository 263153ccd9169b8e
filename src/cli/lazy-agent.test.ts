import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { hostLayout } from '../util/host-layout.ts'
import { LazyAgent } from './lazy-agent.ts'
import { recordingAgent } from './recording-agent.ts'

const signal = new AbortController().signal

function agentFor(root: string, isNamed: boolean) {
  const { connect } = recordingAgent({})
  return new LazyAgent(hostLayout(root), signal, connect, { isNamed })
}

test('A folder that is not there is no host, however it was named, and is not made', async () => {
  await using folder = await temporaryFolder()
  const root = join(folder.path, 'typo')
  for (const isNamed of [true, false]) {
    await assert.rejects(agentFor(root, isNamed).get(), {
      code: 'NO_SUCH_HOST',
      message: `"${root}" holds no host: there is no such folder`,
      remedy: `If it is to become one, let zonesd make it: KZ_ROOT=${root} zonesd run`,
    })
  }
  assert.equal(existsSync(root), false)
})

test('A folder that -R names is a host only if a zonesd has made it one', async () => {
  await using folder = await temporaryFolder()
  const named = () => agentFor(folder.path, true).get()
  await assert.rejects(named(), { code: 'NO_SUCH_HOST', message: /no zonesd has ever run for it$/ })
  await agentFor(folder.path, false).get()
  const { hostFile } = hostLayout(folder.path)
  await mkdir(dirname(hostFile), { recursive: true })
  await writeFile(hostFile, '{}')
  await named()
})
