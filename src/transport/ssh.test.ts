import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { isAlive, processIdentity } from '../util/process-identity.ts'
import { retryUntil } from '../util/retry-until.ts'
import { connectSsh } from './ssh.ts'
import { parseTargetUri } from './target-uri.ts'

/** A PATH in which `ssh` is a script that notes its arguments, environment and process id, and then does as told. */
async function sshThat(does: string) {
  const folder = await temporaryFolder()
  const bin = join(folder.path, 'bin')
  await mkdir(bin)
  const script = `#!/bin/sh
printf '%s\\n' "$@" > '${folder.path}/argv'
env > '${folder.path}/env'
echo $$ > '${folder.path}/pid'
${does}
`
  await writeFile(join(bin, 'ssh'), script, { mode: 0o755 })
  const noted = (name: string) => readFile(join(folder.path, name), 'utf8')
  return {
    environment: { PATH: `${bin}:/usr/bin:/bin`, HOME: '/home/operator' },
    argv: async () => (await noted('argv')).trimEnd().split('\n'),
    noted,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

const always = [
  '-T',
  '-oBatchMode=yes',
  '-oConnectTimeout=10',
  '-oServerAliveInterval=5',
  '-oServerAliveCountMax=3',
]

const commandLines = [
  ['ssh://beta', {}, [...always, '--', 'beta', 'zonesd dial-stdio']],
  ['ssh://root@beta:2222', {}, [...always, '-p', '2222', '-l', 'root', '--', 'beta', 'zonesd dial-stdio']],
  ['ssh://[fd00::2]', {}, [...always, '--', 'fd00::2', 'zonesd dial-stdio']],
  ['beta', { KZ_SSH_CONFIG: '/etc/a b' }, ['-F', '/etc/a b', ...always, '--', 'beta', 'zonesd dial-stdio']],
] as const

for (const [target, more, argv] of commandLines) {
  test(`connectSsh() to ${target} ${JSON.stringify(more)} runs ssh with the right arguments`, async () => {
    await using ssh = await sshThat('exit 0')
    const environment = { ...ssh.environment, ...more }
    await using connection = connectSsh(parseTargetUri(target), { command: 'zonesd dial-stdio', environment })
    await connection.failure()
    assert.deepEqual(await ssh.argv(), argv)
  })
}

test("ssh gets the operator's environment and nothing of this process", async () => {
  await using ssh = await sshThat('exit 0')
  const environment = { ...ssh.environment, SSH_AUTH_SOCK: '/run/agent', MISSING: undefined }
  await using connection = connectSsh(parseTargetUri('beta'), { command: 'true', environment })
  await connection.failure()
  const names = (await ssh.noted('env'))
    .trim()
    .split('\n')
    .map((line) => line.split('=')[0])
  const own = names.filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name ?? ''))
  assert.deepEqual(new Set(own), new Set(['HOME', 'PATH', 'SSH_AUTH_SOCK']))
})

test('The stream is the standard input and output of the command', async () => {
  await using ssh = await sshThat('exec cat')
  await using connection = connectSsh(parseTargetUri('beta'), { command: 'x', environment: ssh.environment })
  const sent = Buffer.alloc(300_000, 'kz')
  connection.stream.write(sent)
  let received = Buffer.alloc(0)
  connection.stream.on('data', (bytes: Buffer) => {
    received = Buffer.concat([received, bytes])
  })
  while (received.length < sent.length) await once(connection.stream, 'data')
  assert.ok(received.equals(sent))
})

const failures = [
  ['Host key verification failed.', /Accept the host key once: ssh -p 2222 root@beta true/],
  ['root@beta: Permission denied (publickey).', /ssh-copy-id -p 2222 root@beta/],
  ['sh: 1: zonesd: not found', /Install kzone on beta/],
  ['ssh: connect to host beta port 2222: Connection refused', /ssh -p 2222 root@beta true/],
] as const

for (const [words, remedy] of failures) {
  test(`"${words}" becomes an error with its remedy`, async () => {
    await using ssh = await sshThat(`echo 'a banner' >&2; echo '${words}' >&2; exit 255`)
    const target = parseTargetUri('ssh://root@beta:2222')
    await using connection = connectSsh(target, { command: 'x', environment: ssh.environment })
    const error = await connection.failure()
    assert.equal(error.code, 'HOST_UNREACHABLE')
    assert.equal(error.message, `Cannot reach ssh://root@beta:2222: ${words}`)
    assert.match(error.remedy ?? '', remedy)
    assert.ok(connection.stream.destroyed)
  })
}

test('A host without ssh is an error, not a crash', async () => {
  await using folder = await temporaryFolder()
  const environment = { PATH: folder.path }
  await using connection = connectSsh(parseTargetUri('beta'), { command: 'x', environment })
  const error = await connection.failure()
  assert.equal(error.code, 'HOST_UNREACHABLE')
  assert.match(error.message, /ssh ENOENT/)
})

test('Disposing the connection ends ssh', async () => {
  await using ssh = await sshThat('exec sleep 1000')
  const connection = connectSsh(parseTargetUri('beta'), { command: 'x', environment: ssh.environment })
  const started = async () => {
    const pid = Number(await ssh.noted('pid').catch(() => ''))
    return pid > 0 ? await processIdentity(pid) : undefined
  }
  const identity = await retryUntil(started, { timeoutMs: 20_000, intervalMs: 5 })
  assert.ok(identity !== undefined && (await isAlive(identity)))
  await connection[Symbol.asyncDispose]()
  assert.equal(await isAlive(identity), false)
})
