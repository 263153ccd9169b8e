import type { Authority } from './suri.ts'

/** The host part with its port, also if it has none. */
export function withPort(
  { host, port }: Authority,
  defaultPort: number,
): Authority & { readonly port: number } {
  return { host, port: port ?? defaultPort }
}
