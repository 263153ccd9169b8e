import type { IscsiServer } from '../test/hosts/iscsi-server.ts'
import { createLab } from '../test/hosts/lab.ts'
import { createLoopbackLab } from '../test/hosts/loopback-lab.ts'
import type { Observer } from '../test/hosts/observer.ts'
import { whyNoNamespaces } from '../test/hosts/requirement.ts'
import type { TestHost } from '../test/hosts/test-host.ts'

/** The two hosts of the demonstration, with what belongs to them, whoever runs it. */
export interface Stage extends AsyncDisposable {
  readonly label: string
  readonly folder: string
  readonly alpha: TestHost
  readonly beta: TestHost
  readonly storage: IscsiServer
  /** Only root's hosts have a network of their own, with somebody who watches the guest from outside. */
  readonly network: { readonly observer: Observer; readonly guestAddress: string } | undefined
  leaks(): string[]
}

/** Two network namespaces for root, two loopback addresses for an ordinary user. */
export async function createStage(signal: AbortSignal): Promise<Stage> {
  const options = { hosts: ['alpha', 'beta'] as const, signal }
  if (whyNoNamespaces() !== undefined) {
    const lab = await createLoopbackLab(options)
    return { ...lab, ...lab.hosts, network: undefined }
  }
  const lab = await createLab(options)
  const network = { observer: lab.observer, guestAddress: lab.guestAddress(0) }
  return { ...lab, ...lab.hosts, network }
}
