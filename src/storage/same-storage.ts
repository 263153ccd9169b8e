import { lookup } from 'node:dns/promises'
import { isDeepStrictEqual } from 'node:util'
import { formatSuri } from '../zone/suri/format-suri.ts'
import { parseSuri } from '../zone/suri/parse-suri.ts'
import type { Authority, IscsiSuri, LuSuri, NbdSuri, Suri } from '../zone/suri/suri.ts'
import { withPort } from '../zone/suri/with-port.ts'
import type { StorageContext } from './driver.ts'
import { nbdPort } from './nbd.ts'
import { driverOf, storageIdentity } from './storage.ts'

/** Storage that does not answer is not waited for. */
const lookTimeoutMs = 5_000

/**
 * Tells whether URIs are of one storage object, whichever way leads there: a unit at two portals, a file of a server with two
 * names. Only what may be the same by its URI is looked at over the network, and that once. Never throws.
 */
export class SameStorage {
  readonly #context: StorageContext
  readonly #answers = new Map<string, Promise<unknown>>()

  constructor(context: StorageContext) {
    this.#context = context
  }

  /** Whether two URIs are of one object; undefined: it hangs on what could not be looked at. */
  async isSame(one: string, other: string): Promise<boolean | undefined> {
    const [mine, theirs] = await this.#local([one, other])
    return mine === theirs || this.#isSame(parsed(one), parsed(other))
  }

  /** The first of these URIs whose object is that of one of the others. */
  async first(uris: readonly string[], others: readonly string[]): Promise<string | undefined> {
    const [own, taken] = await Promise.all([this.#local(uris), this.#local(others)])
    const known = uris.find((_, index) => taken.includes(own[index] ?? ''))
    if (known !== undefined) return known
    const [ownSuris, takenSuris] = [uris.map(parsed), others.map(parsed)]
    const found = await Promise.all(
      ownSuris.map(async (suri) => {
        const same = await Promise.all(takenSuris.map((other) => this.#isSame(suri, other)))
        return same.includes(true)
      }),
    )
    return uris.find((_, index) => found[index])
  }

  #local(uris: readonly string[]): Promise<string[]> {
    return Promise.all(
      uris.map((uri) => this.#once(`local ${uri}`, () => storageIdentity(uri, this.#context))),
    )
  }

  /** Whether two URIs that differ are of one object; undefined: it hangs on what could not be looked at. */
  async #isSame(one: Suri | undefined, other: Suri | undefined): Promise<boolean | undefined> {
    if (one === undefined || other === undefined) return false
    const likeness = likenessOf(one, other)
    if (likeness === 'same' || likeness === 'none') return likeness === 'same'
    if (likeness === 'by server') return this.#haveOneServer(one, other)
    const [mine, theirs] = await Promise.all([this.#identity(one), this.#identity(other)])
    if (mine !== undefined && theirs !== undefined) return mine === theirs
    if (likeness === 'by name') return true
    // Servers with no address in common may be one all the same.
    return one.scheme === 'nfs' && (await this.#haveOneServer(one, other)) === true ? true : undefined
  }

  /** What it says of itself; undefined: it does not, or cannot be reached. */
  #identity(suri: Suri): Promise<string | undefined> {
    return this.#once(`look ${formatSuri(suri)}`, async () => {
      const sight = await driverOf(suri)
        .look?.(suri, this.#context, AbortSignal.timeout(lookTimeoutMs))
        .catch(() => undefined)
      return sight?.identity ?? nameOf(suri)
    })
  }

  async #haveOneServer(one: Suri, other: Suri): Promise<boolean | undefined> {
    const addresses = (suri: Suri) => this.#addresses(authorityOf(suri))
    const [mine, theirs] = await Promise.all([addresses(one), addresses(other)])
    if (mine.length === 0 || theirs.length === 0) return undefined
    return mine.some((address) => theirs.includes(address))
  }

  #addresses(authority: Authority | undefined): Promise<readonly string[]> {
    if (authority === undefined) return Promise.resolve([])
    return this.#once(`host ${authority.host}`, async () => {
      const found = await lookup(authority.host, { all: true }).catch(() => [])
      return found.map(({ address }) => address)
    })
  }

  #once<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const answer = (this.#answers.get(key) as Promise<T> | undefined) ?? ask()
    this.#answers.set(key, answer)
    return answer
  }
}

/**
 * What two URIs say of each other. `by name`: the name of an iSCSI target is its own in the whole world (RFC 7143, 4.2.7): it is
 * one unit if the units do not say otherwise. `by server`: it is one object if the servers are one.
 */
type Likeness = 'same' | 'none' | 'by name' | 'by server' | 'by identity'

function likenessOf(one: Suri, other: Suri): Likeness {
  if (one.scheme === 'nfs' && other.scheme === 'nfs') return one.path === other.path ? 'by identity' : 'none'
  if (one.scheme === 'nbd' && other.scheme === 'nbd') return isAlike(one, other) ? 'by server' : 'none'
  if (!isUnit(one) || !isUnit(other)) return 'none'
  const [mine, theirs] = [nameOf(one), nameOf(other)]
  if (mine !== undefined && mine === theirs) return 'same'
  if (mine === undefined && theirs === undefined)
    return isDeepStrictEqual(targetOf(one), targetOf(other)) ? 'by name' : 'none'
  // A unit can have several names, but of one kind it has one.
  return mine?.length === theirs?.length ? 'none' : 'by identity'
}

const isUnit = (suri: Suri): suri is IscsiSuri | LuSuri => suri.scheme === 'iscsi' || suri.scheme === 'lu'

/** The world-wide name that a URI gives a unit. */
function nameOf(suri: Suri): string | undefined {
  if (!isUnit(suri)) return undefined
  const { luname } = suri.scheme === 'lu' ? suri : { luname: undefined, ...suri.unit }
  return luname && `${luname.format}.${luname.hex}`
}

function targetOf(suri: IscsiSuri | LuSuri) {
  if (suri.scheme === 'lu' || suri.unit.by !== 'target') return undefined
  const { target, lun } = suri.unit
  return { target: target.toLowerCase(), lun }
}

const isAlike = (one: NbdSuri, other: NbdSuri) =>
  one.export === other.export &&
  withPort(one.authority, nbdPort).port === withPort(other.authority, nbdPort).port

const authorityOf = (suri: Suri) => ('authority' in suri ? suri.authority : undefined)

function parsed(uri: string): Suri | undefined {
  try {
    return parseSuri(uri)
  } catch {
    return undefined
  }
}
