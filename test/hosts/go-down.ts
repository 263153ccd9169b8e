import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ip } from './ip.ts'
import type { NamespaceHost } from './namespace-host.ts'

/** A host dies: all that runs on it ends, and nothing of run/ is left; nobody on the network is told. */
export async function goDown(host: NamespaceHost): Promise<void> {
  await host.cutLink()
  while (host.processes().length > 0) {
    for (const pid of host.processes()) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has ended by itself.
      }
    }
    await sleep(5)
  }
  await rm(join(host.root, 'run/zones'), { recursive: true, force: true })
  // Only now: what was being removed is gone by itself.
  const links = await host.run(['ip', '-br', 'link'])
  const taps = links.stdout.split('\n').flatMap((line) => /^kz\S*/.exec(line)?.[0] ?? [])
  const [namespace = ''] = host.prefix.slice(-1)
  if (taps.length === 0) return
  await ip(
    taps.map((tap) => `link delete ${tap.replace(/@.*/, '')}`),
    namespace,
  )
}

/** It is switched on again: its network, its sshd, and a zonesd, which starts the zones that are to start with the host. */
export async function comeUp(host: NamespaceHost): Promise<void> {
  await host.healLink()
  await host.startSshd()
  await host.startZonesd()
}
