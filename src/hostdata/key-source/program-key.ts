import type { ExecFileException } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ZoneError } from '../../errors.ts'
import { isOwn } from '../../util/private-file.ts'
import { runCommand } from '../../util/run-command.ts'
import type { KeyProvider } from './key-provider.ts'

const timeoutMs = 20_000

/**
 * Every other scheme, such as `pkcs11:` or `kmip:`: a program of the host's own, which reads the URI from its input and writes what
 * stands for the key. So a token, a TPM or a key server is a script away, and none of their libraries is part of zonesd.
 */
export const programKey: KeyProvider = {
  async fetch(uri, { programs, signal }) {
    const program = join(programs, uri.slice(0, uri.indexOf(':')))
    await requireOurs(program)
    const { stdout } = await runCommand(program, [], { input: `${uri}\n`, timeoutMs, signal }).catch(
      (error: unknown) => {
        signal?.throwIfAborted()
        // Not with what it wrote: that may be the key.
        if (error instanceof ZoneError && error.code === 'COMMAND_FAILED') throw failed(program, error)
        throw error
      },
    )
    return stdout
  },
}

/** What runs as root must not be anybody else's to write. */
async function requireOurs(program: string): Promise<void> {
  const status = await stat(program).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    throw new ZoneError(`there is no program "${program}" for it`, {
      code: 'COMMAND_MISSING',
      remedy: `Put one there that reads the URI from its input and writes the key: mode 0755, owned by root`,
    })
  })
  if (isOwn(status.uid) && (status.mode & 0o022) === 0) return
  throw new ZoneError(`"${program}" can be changed by others than root`, {
    code: 'CREDENTIALS_UNSAFE',
    remedy: `chown root ${program}; chmod 0755 ${program}`,
  })
}

/** How it ended, and nothing that it wrote, to its output or of errors. */
function failed(program: string, { cause }: ZoneError): ZoneError {
  const { code, killed } = cause as ExecFileException
  const words =
    killed === true
      ? `had no end within ${timeoutMs / 1000} s`
      : `failed${typeof code === 'number' ? ` with exit code ${code}` : ''}`
  return new ZoneError(`"${program}" ${words}`, {
    code: 'COMMAND_FAILED',
    remedy: 'Run it by hand to see what it says: as that may hold the key, zonesd does not show it',
  })
}
