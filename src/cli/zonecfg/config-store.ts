/** Where zonecfg keeps configurations: behind it is the agent of this host. */
export interface ConfigStore {
  /**
   * Canonical export text and its digest, or undefined if there is no such zone.
   *
   * @param options live: the configuration that the running zone has; undefined if the zone does not run
   */
  load(zone: string, options: { readonly live: boolean }): Promise<StoredConfig | undefined>
  /**
   * Saves, if the stored configuration is still the one with the digest `expected` (undefined: there must be none yet).
   * With `live` the changes are applied to the running zone.
   *
   * @returns the new digest, and lines to show
   * @throws {ZoneError} CONFIG_CHANGED if somebody else has changed it meanwhile
   */
  save(zone: string, text: string, options: SaveOptions): Promise<{ digest: string; notes: string[] }>
  remove(zone: string): Promise<void>
  /** The text of a template of this site (etc/zones); the built-in ones are not its matter. */
  template(name: string): Promise<string | undefined>
  /** The key of a zone that has no keysource, in hexadecimal, if it has one by now. */
  key?(zone: string): Promise<string | undefined>
}

export interface StoredConfig {
  readonly text: string
  readonly digest: string
}

export interface SaveOptions {
  readonly expected: string | undefined
  readonly live: boolean
}
