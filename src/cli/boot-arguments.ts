/** The words after `--` as the guest's kernel gets them; null if there are none: those of the configuration hold. */
export function bootArguments(words: readonly string[]): string | null {
  return words.length === 0 ? null : words.join(' ')
}
