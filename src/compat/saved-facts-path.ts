const scheme = 'facts:'

/** The file that `facts:FILE` stands for, in place of a host; undefined if it is a host. */
export function savedFactsPath(host: string): string | undefined {
  return host.startsWith(scheme) ? host.slice(scheme.length) : undefined
}
