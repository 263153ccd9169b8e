import { ZoneError } from '../../errors.ts'
import type { ZoneConfig } from '../config/zone-config.ts'
import { verifyConfig } from '../verify/verify-config.ts'
import { namingOf, type Session, type World } from './session.ts'

/**
 * `verify`: shows the warnings.
 *
 * @throws {ZoneError} CONFIG_INVALID with all errors, one a line, closed by `NAME: Invalid argument` as on Solaris
 */
export function verify(session: Session, config: ZoneConfig, world: World): void {
  const findings = verifyConfig(config, namingOf(session))
  world.warn(
    ...findings.filter(({ severity }) => severity === 'warning').map(({ message }) => `warning: ${message}`),
  )
  refuseInvalid(session, config)
}

/** As `verify()`, without the warnings. */
export function refuseInvalid(session: Session, config: ZoneConfig): void {
  const errors = verifyConfig(config, namingOf(session)).filter(({ severity }) => severity === 'error')
  if (errors.length === 0) return
  const remedies = [...new Set(errors.flatMap(({ remedy }) => remedy ?? []))]
  throw new ZoneError(
    [...errors.map(({ message }) => message), `${session.zone ?? 'scratch'}: Invalid argument`].join('\n'),
    { code: 'CONFIG_INVALID', ...(remedies.length === 0 ? {} : { remedy: remedies.join('\n') }) },
  )
}
