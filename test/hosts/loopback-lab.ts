import { join } from 'node:path'
import { IscsiServer } from './iscsi-server.ts'
import type { LabOptions } from './lab.ts'
import { LabLife } from './lab-life.ts'
import { createSshKeys } from './ssh-config.ts'
import { TestHost } from './test-host.ts'

const sshPort = 20_022
const iscsiPort = 23_260

let networks = 0

export interface LoopbackLab<Name extends string> extends AsyncDisposable {
  readonly label: string
  readonly folder: string
  readonly hosts: Readonly<Record<Name, TestHost>>
  readonly storage: IscsiServer
  leaks(): string[]
}

/**
 * The lab of an ordinary user: hosts are addresses on the loopback device, with sshd and the storage server run by that
 * user on high ports. What it leaves out: no bridge, so guests have only QEMU's user-mode network and no address
 * that others reach; no observer and no ping; no link to cut; hosts see each other's processes.
 * @throws Error if a part cannot be made; what was made before is removed
 */
export async function createLoopbackLab<const Name extends string>({
  hosts: names,
  signal,
}: LabOptions<Name>): Promise<LoopbackLab<Name>> {
  signal?.throwIfAborted()
  await using undo = new AsyncDisposableStack()
  const life = undo.use(new LabLife())
  const { label, folder } = life

  const network = newNetwork()
  const peers = names.map((name, index) => ({ name, address: `${network}.${index + 1}`, port: sshPort }))
  const ssh = await createSshKeys(join(folder, 'ssh'), peers)
  const hosts = peers.map(
    ({ name, address }) =>
      new TestHost({ name, label, folder: join(folder, name), address, sshPort, ssh, prefix: [] }),
  )
  const storage = new IscsiServer({
    label,
    folder: join(folder, 'storage'),
    address: `${network}.240`,
    port: iscsiPort,
    prefix: [],
  })
  await Promise.all([storage.start(), ...hosts.map((host) => host.start())])
  signal?.throwIfAborted()

  const owned = undo.move()
  return {
    label,
    folder,
    hosts: Object.fromEntries(hosts.map((host) => [host.name, host])) as Record<Name, TestHost>,
    storage,
    leaks: () => life.leaks(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Three bytes of an address that differ between processes and between the labs of one process. */
function newNetwork(): string {
  networks += 1
  return `127.${64 + ((process.pid >> 8) & 63) + 64 * (networks % 2)}.${process.pid & 255}`
}
