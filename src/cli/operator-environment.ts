const names = [
  'SSH_AUTH_SOCK',
  'HOME',
  'USER',
  'LOGNAME',
  'PATH',
  'KZ_SSH_CONFIG',
  'KRB5CCNAME',
  'LANG',
] as const

/** What of the operator's environment ssh needs on the way to another host; nothing else is handed to zonesd. */
export function operatorEnvironment(environment: NodeJS.ProcessEnv = process.env): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = environment[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
