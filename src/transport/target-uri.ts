import { Exit, ZoneError } from '../errors.ts'

/** How to reach another host's zonesd. */
export interface TargetUri {
  readonly scheme: 'ssh'
  readonly user: string | undefined
  readonly host: string
  readonly port: number | undefined
}

function refuse(text: string, why: string): ZoneError {
  return new ZoneError(`Cannot use "${text}" as a target: ${why}`, {
    code: 'BAD_TARGET',
    remedy: 'Give the target as ssh://[user@]host[:port]',
    exit: Exit.usage,
  })
}

/**
 * Reads a migration target: `ssh://[user@]host[:port]`, `[user@]host`, IPv6 addresses in brackets.
 *
 * @throws ZoneError BAD_TARGET (usage)
 */
export function parseTargetUri(text: string): TargetUri {
  const scheme = /^([a-z]+):\/\//.exec(text)?.[1]
  if (scheme === 'rads' || scheme === 'radg')
    throw refuse(text, `the transport "${scheme}" is not in this release`)
  if (scheme !== undefined && scheme !== 'ssh') throw refuse(text, `"${scheme}" is no transport`)
  const rest = (scheme === undefined ? text : text.slice('ssh://'.length)).replace(/\/$/, '')
  const match = /^(?:([^@/\s\p{Cc}]+)@)?(?:\[([\w:.%-]+)\]|([^@:/[\]\s\p{Cc}]+))(?::(\d{1,5}))?$/u.exec(rest)
  if (match === null) throw refuse(text, 'expected [user@]host[:port]')
  const [, user, ipv6, name, portText] = match
  const host = ipv6 ?? name ?? ''
  // ssh takes a leading dash for an option.
  if (!/^[\p{L}\p{N}_:]/u.test(host)) throw refuse(text, `"${host}" is no host name`)
  if (user?.startsWith('-') === true) throw refuse(text, `"${user}" is no user name`)
  const port = portText === undefined ? undefined : Number(portText)
  if (port !== undefined && (port < 1 || port > 65535))
    throw refuse(text, `port ${port} is not within 1..65535`)
  return { scheme: 'ssh', user, host, port }
}

/** The canonical text of a target. */
export function formatTargetUri({ scheme, user, host, port }: TargetUri): string {
  const name = host.includes(':') ? `[${host}]` : host
  return `${scheme}://${user === undefined ? '' : `${user}@`}${name}${port === undefined ? '' : `:${port}`}`
}
