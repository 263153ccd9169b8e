/** What `verify` has to say. */
export interface Finding {
  readonly severity: 'error' | 'warning'
  /** Without a final period, starting with the resource it is about, except where Solaris words it otherwise. */
  readonly message: string
  readonly remedy?: string
}

export function warning(message: string): Finding {
  return { severity: 'warning', message }
}

export function error(message: string, remedy?: string): Finding {
  return { severity: 'error', message, ...(remedy === undefined ? {} : { remedy }) }
}
