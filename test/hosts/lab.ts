import { join } from 'node:path'
import { IscsiServer } from './iscsi-server.ts'
import { LabLife } from './lab-life.ts'
import { NamespaceHost } from './namespace-host.ts'
import { createNetwork, type Port } from './network.ts'
import { Observer } from './observer.ts'
import { cleanEnvironment } from './run.ts'
import { createSshKeys } from './ssh-config.ts'

const storageAddress = '10.77.0.240'
const observerAddress = '10.77.0.250'

export interface LabOptions<Name extends string> {
  /** Lower-case letters and digits, at most 12. */
  readonly hosts: readonly Name[]
  /** Further variables for all that runs on a host whose files are in the folder; values without blanks. */
  readonly environment?: (folder: string) => Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

export interface Lab<Name extends string> extends AsyncDisposable {
  readonly label: string
  /** Folder for whatever a test wants to have removed with the lab. */
  readonly folder: string
  readonly hosts: Readonly<Record<Name, NamespaceHost>>
  readonly storage: IscsiServer
  readonly observer: Observer
  /** An address on the lab's network for a guest, 0 to 99. */
  guestAddress(number: number): string
  /** What exists under this lab's label, in words; empty after it was disposed. */
  leaks(): string[]
}

/**
 * Makes hosts, a storage server and an observer, each in a network namespace, joined by a switch. Needs root.
 * Everything that the lab makes, and all that runs in it, is gone when it is disposed or this process ends.
 * @throws Error if a part cannot be made; what was made before is removed
 */
export async function createLab<const Name extends string>({
  hosts: names,
  environment = () => ({}),
  signal,
}: LabOptions<Name>): Promise<Lab<Name>> {
  signal?.throwIfAborted()
  await using undo = new AsyncDisposableStack()
  const life = undo.use(new LabLife())
  const { label, folder } = life

  const namespace = (name: string) => `${label}-${name}`
  const prefix = (name: string) => ['ip', 'netns', 'exec', namespace(name)]
  const port = (name: string, address: string, number: number, hasBridge: boolean): Port => ({
    namespace: namespace(name),
    address,
    switchPort: `p-${name}`,
    number,
    hasBridge,
  })
  const hostPorts = names.map((name, index) => port(name, `10.77.0.${index + 1}`, index + 1, true))
  await createNetwork(namespace('switch'), [
    ...hostPorts,
    port('storage', storageAddress, 240, false),
    port('observer', observerAddress, 250, false),
  ])

  signal?.throwIfAborted()
  const peers = names.map((name, index) => ({ name, address: `10.77.0.${index + 1}`, port: 22 }))
  const ssh = await createSshKeys(join(folder, 'ssh'), peers)
  const hosts = hostPorts.map((hostPort, index) => {
    const name = names[index] ?? ''
    const place = { name, label, folder: join(folder, name), address: hostPort.address, sshPort: 22, ssh }
    const more = environment(place.folder)
    return new NamespaceHost({ ...place, environment: more }, hostPort, namespace('switch'))
  })
  const storage = new IscsiServer({
    label,
    folder: join(folder, 'storage'),
    address: storageAddress,
    port: 3260,
    prefix: prefix('storage'),
  })
  await Promise.all([storage.start(), ...hosts.map((host) => host.start())])
  signal?.throwIfAborted()

  const owned = undo.move()
  return {
    label,
    folder,
    hosts: Object.fromEntries(hosts.map((host) => [host.name, host])) as Record<Name, NamespaceHost>,
    storage,
    observer: new Observer(observerAddress, prefix('observer'), { ...cleanEnvironment(), KZ_LAB: label }),
    guestAddress: (number) => `10.77.0.${100 + number}`,
    leaks: () => life.leaks(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
