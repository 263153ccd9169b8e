const codes = { bold: 1, dim: 2, red: 31, yellow: 33, green: 32, magenta: 35 } as const

export type Paint = (style: keyof typeof codes, text: string) => string

/** Makes the function that colours text for a terminal, or leaves it as it is. */
export function paint(colour: boolean): Paint {
  return colour ? (style, text) => `\u001b[${codes[style]}m${text}\u001b[0m` : (_, text) => text
}
