/** The article that begins a sentence about a resource: `An attr resource`, `A device resource`. */
export function article(name: string): 'A' | 'An' {
  return /^[aeiou]/i.test(name) ? 'An' : 'A'
}
