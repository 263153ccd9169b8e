import { join } from 'node:path'
import { ip } from './ip.ts'
import type { Port } from './network.ts'
import { allProcesses, inode } from './processes.ts'
import { runChecked } from './run.ts'
import { TestHost, type TestHostOptions } from './test-host.ts'

export interface Shape {
  readonly delayMs?: number
  readonly lossPercent?: number
  readonly rateMbitPerSecond?: number
}

/** A host in a network namespace, with a bridge `net0` for its zones and a link that can be cut. */
export class NamespaceHost extends TestHost {
  readonly #port: Port
  readonly #switchNamespace: string

  constructor(options: Omit<TestHostOptions, 'prefix'>, port: Port, switchNamespace: string) {
    super({ ...options, prefix: ['ip', 'netns', 'exec', port.namespace] })
    this.#port = port
    this.#switchNamespace = switchNamespace
  }

  /** Pulls the cable out of the switch: the host's uplink loses its carrier. */
  async cutLink(): Promise<void> {
    await ip([`link set ${this.#port.switchPort} down`], this.#switchNamespace)
  }

  async healLink(): Promise<void> {
    await ip([`link set ${this.#port.switchPort} up`], this.#switchNamespace)
  }

  /**
   * Makes the link slower or worse, in both directions; without a property the link is as it was.
   * @throws Error if the kernel cannot do it: delay and loss need its `netem` queue, which not every kernel has
   */
  async shapeLink({ delayMs, lossPercent, rateMbitPerSecond }: Shape): Promise<void> {
    const isNetem = delayMs !== undefined || lossPercent !== undefined
    const rate = rateMbitPerSecond === undefined ? [] : ['rate', `${rateMbitPerSecond}mbit`]
    const queue = isNetem
      ? ['netem', 'delay', `${delayMs ?? 0}ms`, 'loss', `${lossPercent ?? 0}%`, ...rate]
      : ['tbf', ...rate, 'burst', '256k', 'latency', '100ms']
    const ends = [
      [this.#port.namespace, 'uplink'],
      [this.#switchNamespace, this.#port.switchPort],
    ] as const
    for (const [namespace, device] of ends) {
      const tc = ['tc', '-netns', namespace, 'qdisc']
      if (isNetem || rate.length > 0) {
        await runChecked([...tc, 'replace', 'dev', device, 'root', ...queue])
      } else {
        await runChecked([...tc, 'replace', 'dev', device, 'root', 'noqueue'])
      }
    }
  }

  /**
   * Loses packets at random, in both directions, without netem: a classifier with the kernel's random numbers sends them to
   * a device that nobody reads.
   *
   * @param percent 0: none any more
   */
  async losePackets(percent: number): Promise<void> {
    const ends = [
      [this.#port.namespace, 'uplink'],
      [this.#switchNamespace, this.#port.switchPort],
    ] as const
    for (const [namespace, device] of ends) {
      const tc = ['tc', '-netns', namespace]
      if (percent === 0) {
        await runChecked([...tc, 'qdisc', 'delete', 'dev', device, 'clsact'])
        await ip(['link delete void'], namespace)
        continue
      }
      await ip(
        ['link add name void type veth peer name void2', 'link set void up', 'link set void2 up'],
        namespace,
      )
      await runChecked([...tc, 'qdisc', 'replace', 'dev', device, 'clsact'])
      // Classic BPF: load the ancillary word 'random', keep the packet if it is below the limit.
      const limit = Math.floor(2 ** 32 * (1 - percent / 100))
      const program = `4,32 0 0 4294963256,53 0 1 ${limit},6 0 0 4294967295,6 0 0 0`
      const words = ['bpf', 'bytecode', program, 'action', 'mirred', 'egress', 'redirect', 'dev', 'void']
      await runChecked([...tc, 'filter', 'add', 'dev', device, 'egress', ...words])
    }
  }

  override processes(): number[] {
    const namespace = inode(join('/run/netns', this.#port.namespace))
    return allProcesses()
      .filter(({ networkInode }) => namespace !== undefined && networkInode === namespace)
      .map(({ pid }) => pid)
  }
}
