/** What the grammar makes of one command, before its words are given a meaning. */
export interface Statement {
  readonly name: string
  readonly args: readonly Argument[]
  /** Offsets in the text: of the first character and behind the last. */
  readonly start: number
  readonly end: number
}

/** One word behind the name of a command. */
export type Argument = Assignment | Plain

/** `name=value`. */
export interface Assignment {
  readonly kind: 'assignment'
  readonly name: string
  readonly value: Value
  /** As it was written. */
  readonly text: string
  readonly start: number
  readonly valueStart: number
}

export interface Plain {
  readonly kind: 'plain'
  readonly value: Value
  readonly text: string
  readonly start: number
}

export type Value =
  | { readonly kind: 'simple'; readonly text: string }
  /** `[a,b]` */
  | { readonly kind: 'list'; readonly items: readonly string[] }
  /** `(a=b,c=d)` */
  | { readonly kind: 'complex'; readonly fields: readonly (readonly [name: string, value: string])[] }
