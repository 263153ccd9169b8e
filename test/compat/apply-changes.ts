/** Values to put at paths such as `target.links.known.0.up`. A number past the end of a list appends. */
export type Changes = Readonly<Record<string, unknown>>

/** Makes a copy of plain data with other values at the given paths; a path that leads nowhere is a mistake. */
export function applyChanges<T>(data: T, changes: Changes): T {
  const copy = structuredClone(data)
  for (const [path, value] of Object.entries(changes)) put(copy, path.split('.'), value)
  return copy
}

function put(data: unknown, [key = '', ...rest]: readonly string[], value: unknown): void {
  if (typeof data !== 'object' || data === null) throw new Error(`Nothing to change at "${key}"`)
  const record = data as Record<string, unknown>
  if (rest.length === 0) {
    record[key] = structuredClone(value)
    return
  }
  put(record[key], rest, value)
}
