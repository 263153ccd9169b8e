/** What a host tells those that fetch keys for it. */
export interface KeyContext {
  /** Root folder of the host: paths of `file:` URIs lie under it. */
  readonly root: string
  /** Where the host's own programs for keys are, each named as the scheme of the URIs that it knows. */
  readonly programs: string
  readonly signal?: AbortSignal | undefined
}

/** Where keys come from that a configuration names by a URI. */
export interface KeyProvider {
  /**
   * What stands there for a key: 32 bytes in hexadecimal or base64, or anything from which a key is made.
   *
   * @throws ZoneError CREDENTIALS_UNSAFE, COMMAND_MISSING, COMMAND_FAILED; the system's error
   */
  fetch(uri: string, context: KeyContext): Promise<string>
}
