import assert from 'node:assert/strict'
import { readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { TestHost } from '../hosts/test-host.ts'

const encodings = ['hex', 'base64'] as const

/** Runs commands on hosts, and keeps what they told and what every process of the host showed meanwhile. */
export class KeyWatch {
  readonly #told: string[] = []

  /** Answers what the command told. */
  async run(host: TestHost, argv: readonly string[], expected = 0): Promise<string> {
    const running = host.run(argv, { timeoutMs: 120_000 })
    const looks: Promise<void>[] = []
    const timer = setInterval(() => looks.push(this.#lookAtProcesses(host)), 50)
    const { code, stdout, stderr } = await running.finally(() => clearInterval(timer))
    await Promise.all(looks)
    assert.equal(code, expected, `${host.name}# ${argv.join(' ')}\n${stdout}${stderr}`)
    this.#told.push(stdout, stderr)
    return stdout + stderr
  }

  async #lookAtProcesses(host: TestHost): Promise<void> {
    for (const pid of host.processes()) {
      for (const file of ['cmdline', 'environ']) {
        this.#told.push(await readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => ''))
      }
    }
  }

  /**
   * Requires that no secret was told, that of all files of the hosts only those have it that may, which nobody else can read,
   * and that it is not on these disks.
   *
   * @param keys in hexadecimal
   * @returns how many such files there are
   */
  async requireUntold(
    hosts: readonly TestHost[],
    {
      keys,
      words,
      files,
      disks,
    }: {
      readonly keys: Iterable<string>
      readonly words: readonly string[]
      readonly files: RegExp
      readonly disks: readonly string[]
    },
  ): Promise<number> {
    let found = 0
    const bytes = [...keys].map((hex) => Buffer.from(hex, 'hex'))
    const texts = [...bytes.flatMap((key) => encodings.map((encoding) => key.toString(encoding))), ...words]
    for (const text of texts) {
      assert.ok(!this.#told.some((told) => told.includes(text)), 'in what was told, or in a process')
      for (const host of hosts) {
        // With what its sshd and its zonesd have logged.
        const script = 'grep -rlaF "$1" "$2" 2>/dev/null'
        const { stdout } = await host.run(['sh', '-c', script, 'sh', text, dirname(host.root)])
        for (const path of stdout.split('\n').filter((line) => line !== '')) {
          found += 1
          assert.match(path, files, `on ${host.name}`)
          assert.equal((await stat(path)).mode & 0o077, 0, path)
        }
      }
    }
    for (const disk of disks) {
      const content = await readFile(disk)
      for (const secret of [...texts, ...bytes]) assert.equal(content.includes(secret), false, disk)
    }
    return found
  }
}
