import type { ContractMemory } from '../zone/contract.ts'
import { requireRoom } from './require-room.ts'
import { requireUnshared } from './require-unshared.ts'
import type { Reservation } from './reservation.ts'
import { hugePageBytes, type Stock } from './stock.ts'
import type { ZoneRegistry } from './zone-registry.ts'

export interface Wanted extends Omit<Reservation, 'pageBytes'> {
  /** The contract's, for the policy of page sizes; null: it takes no memory, since it is not about to run. */
  readonly memory: ContractMemory | null
}

/**
 * The promises of a host: its memory, huge pages, MAC addresses, uuids, storage and names. A machine that runs is its own
 * promise; what is on its way to run is noted here as long as it is. Nothing is promised twice, and nothing counted twice.
 */
export class Reservations {
  readonly #registry: Pick<ZoneRegistry, 'all'>
  readonly #pending = new Map<string, Reservation>()
  readonly #names = new Set<string>()
  readonly #identities = new Map<string, string>()

  constructor(registry: Pick<ZoneRegistry, 'all'>) {
    this.#registry = registry
  }

  /**
   * Promises a machine what it wants, if it is there and nobody else's. It neither waits nor lets anybody in between.
   *
   * @param stock what the host had a moment ago; promises made since then count
   * @throws ZoneError NO_MEMORY, NO_HUGE_PAGES, PAGESIZE_UNKNOWN, MAC_IN_USE, STORAGE_IN_USE, UUID_TAKEN, saying who has
   *   it; nothing is promised then
   */
  take({ memory, ...wanted }: Wanted, stock: Stock): Reservation {
    const others = this.all().filter(({ spec }) => spec.zonename !== wanted.spec.zonename)
    this.#learn(stock.identities, [...others, wanted])
    requireUnshared(wanted.spec, others, (uri) => this.#identities.get(uri) ?? uri)
    const pageBytes = memory === null ? undefined : requireRoom(wanted.spec, memory, others, stock)
    const reservation: Reservation = { ...wanted, pageBytes }
    this.#pending.set(wanted.id, reservation)
    return reservation
  }

  /** Keeps what a zone's machine has for that zone while it is exchanged for another. */
  keep(zone: string): Disposable {
    const held = this.all().find(({ spec }) => spec.zonename === zone)
    const id = crypto.randomUUID()
    if (held !== undefined) this.#pending.set(id, { ...held, id, kind: 'booting' })
    return { [Symbol.dispose]: () => this.drop(id) }
  }

  drop(id: string): void {
    this.#pending.delete(id)
  }

  /** Keeps a name from other migrations until it is disposed; undefined if one has it. */
  holdName(zone: string): Disposable | undefined {
    if (this.#names.has(zone) || this.pending().some(({ spec }) => spec.zonename === zone)) return undefined
    this.#names.add(zone)
    return { [Symbol.dispose]: () => this.#names.delete(zone) }
  }

  /** Promised, whether or not the machine is there by now. */
  pending(): Reservation[] {
    return [...this.#pending.values()]
  }

  /** All that is promised, once for each zone. */
  all(): Reservation[] {
    const running = this.#registry.all().flatMap((zone) => {
      if (zone.running === undefined) return []
      const { spec } = zone.running.machine
      return [{ id: spec.uuid, kind: 'running' as const, spec, pageBytes: hugePageBytes(zone.running) }]
    })
    return [...new Map([...this.pending(), ...running].map((each) => [each.spec.zonename, each])).values()]
  }

  /** Of storage in use the identity is kept, since that of a promise made meanwhile is not in everybody's stock. */
  #learn(news: ReadonlyMap<string, string>, users: readonly Pick<Reservation, 'spec'>[]): void {
    for (const [uri, identity] of news) this.#identities.set(uri, identity)
    const used = new Set(users.flatMap(({ spec }) => spec.disks.map(({ storage }) => storage)))
    for (const uri of this.#identities.keys()) if (!used.has(uri)) this.#identities.delete(uri)
  }
}
