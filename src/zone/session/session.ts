import type { Naming } from '../config/effective.ts'
import type { ZoneConfig } from '../config/zone-config.ts'
import { printExport } from '../print-export.ts'
import type { EditContext, Editing, OpenResource } from './editing.ts'

/** A zonecfg session between two commands. Plain data: a failed command leaves it as it was. */
export interface Session {
  /** Undefined: a scratch session, which can only be exported. */
  readonly zone: string | undefined
  /** The running configuration is changed, not the persistent one. */
  readonly live: boolean
  /** The configuration as it was saved last, as canonical export text; undefined if there is none. */
  readonly saved: string | undefined
  /** The text that was exported last. */
  readonly exported: string | undefined
  /** Undefined before `create` and after `delete`. */
  readonly config: ZoneConfig | undefined
  readonly open: readonly OpenResource[]
  /** After `exit`. */
  readonly ended: boolean
}

/** The world outside of a session. */
export interface World {
  /** Saves the configuration of the session's zone; returns lines to show. */
  save(text: string): Promise<readonly string[]>
  /** Deletes the zone's configuration. */
  remove(): Promise<void>
  /** The text of a template of this site, or of a zone's configuration. */
  template(name: string): Promise<string | undefined>
  readFile(path: string): Promise<string>
  /** Replaces the file in one step. */
  writeFile(path: string, text: string): Promise<void>
  randomBytes(count: number): Uint8Array
  /** The key that the zone has without a keysource, in hexadecimal; undefined: it has none yet. Absent: it cannot be asked for. */
  key?(): Promise<string | undefined>
  /** Asks a yes-or-no question; undefined if there is nobody to ask. */
  readonly confirm: ((question: string) => Promise<boolean>) | undefined
  /** Shows lines. */
  print(...lines: readonly string[]): void
  warn(...lines: readonly string[]): void
}

export function startSession(zone: string | undefined, live: boolean, config?: ZoneConfig): Session {
  const saved = config === undefined ? undefined : printExport(config)
  return { zone, live, saved, exported: undefined, config, open: [], ended: false }
}

/** Has the session changes that are not saved? */
export function isChanged({ config, saved }: Session): boolean {
  return config !== undefined && printExport(config) !== saved
}

export function namingOf({ zone }: Session): Naming {
  return { zonename: zone ?? '' }
}

/** The prompt: `zonecfg:web1:anet:vlan> `. */
export function prompt({ zone, open }: Session): string {
  return `${['zonecfg', ...(zone === undefined ? [] : [zone]), ...open.map(({ type }) => type.name)].join(':')}> `
}

export function editContext(session: Session, world: World): EditContext {
  return {
    naming: namingOf(session),
    live: session.live,
    isNew: session.saved === undefined,
    randomBytes: (count) => world.randomBytes(count),
  }
}

export function withEditing(session: Session, { config, open }: Editing): Session {
  return { ...session, config, open }
}
