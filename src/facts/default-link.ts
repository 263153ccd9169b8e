import { z } from 'zod'
import { runCommand } from '../util/run-command.ts'
import type { Link } from './schema.ts'

const ipRoutes = z.array(z.object({ dev: z.string().optional(), metric: z.number().optional() }))

/** Reads what `ip -j route show default` writes: the links of the default routes, the preferred one first. */
export function parseIpRoutes(text: string): string[] {
  // Without a route some versions write nothing at all.
  const routes = ipRoutes.parse(text.trim() === '' ? [] : JSON.parse(text))
  return routes.toSorted((a, b) => (a.metric ?? 0) - (b.metric ?? 0)).flatMap(({ dev }) => dev ?? [])
}

/**
 * The link that `lower-link=auto` means where the operator has named none: the bridge that carries the default route,
 * else the only bridge there is, else none.
 *
 * @param routes links of the default routes, the preferred one first
 */
export function chooseDefaultLink(links: readonly Link[], routes: readonly string[]): string | null {
  const bridges = links.filter(({ kind }) => kind === 'bridge').map(({ name }) => name)
  const carrier = routes.find((dev) => bridges.includes(dev))
  if (carrier !== undefined) return carrier
  return bridges.length === 1 ? (bridges[0] ?? null) : null
}

/** The links of the default routes of this host, those of IPv4 first; ip-route(8). */
export async function readDefaultRoutes(signal?: AbortSignal): Promise<string[]> {
  const families = await Promise.all(
    ['-4', '-6'].map((family) => runCommand('ip', [family, '-j', 'route', 'show', 'default'], { signal })),
  )
  return families.flatMap(({ stdout }) => parseIpRoutes(stdout))
}
