import { ip } from './ip.ts'

/** One machine on the lab's network. */
export interface Port {
  readonly namespace: string
  /** Address without prefix length; the network is /24. */
  readonly address: string
  /** Name of the port at the switch, at most 15 bytes. */
  readonly switchPort: string
  /** Number that makes the hardware address unique in the lab. */
  readonly number: number
  /** Whether the machine has a bridge `net0` over its uplink for its zones, as a host has. */
  readonly hasBridge: boolean
}

/**
 * Makes the network of a lab: a switch in a namespace of its own and one namespace for each port. Nothing outside
 * these namespaces is touched, so labs cannot meet, and all can use the same addresses.
 * @throws Error if ip(8) fails, e.g. for want of rights
 */
export async function createNetwork(switchNamespace: string, ports: readonly Port[]): Promise<void> {
  await ip([switchNamespace, ...ports.map(({ namespace }) => namespace)].map((name) => `netns add ${name}`))
  await ip(
    [
      'link add switch type bridge stp_state 0 forward_delay 0 mcast_snooping 0',
      'link set switch addrgenmode none up',
      ...ports.flatMap(({ namespace, switchPort }) => [
        `link add ${switchPort} type veth peer name uplink netns ${namespace}`,
        `link set ${switchPort} addrgenmode none master switch up`,
      ]),
    ],
    switchNamespace,
  )
  await Promise.all(ports.map((port) => ip(portCommands(port), port.namespace)))
}

function portCommands({ address, number, hasBridge }: Port): string[] {
  const loopback = 'link set lo up'
  if (!hasBridge) return [loopback, 'link set uplink up', `address add ${address}/24 dev uplink`]
  // With an address of its own the bridge keeps it when taps come and go; else it takes its lowest port's.
  const mac = `02:77:00:00:00:${number.toString(16).padStart(2, '0')}`
  return [
    loopback,
    `link add net0 address ${mac} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
    'link set uplink addrgenmode none master net0 up',
    'link set net0 addrgenmode none up',
    `address add ${address}/24 dev net0`,
  ]
}
