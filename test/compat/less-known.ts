import { z } from 'zod'
import { BootRecord, HostFacts } from '../../src/facts/schema.ts'

/** The paths of all facts that are known, also of those inside others and inside lists. */
export function knownPaths(data: unknown, path: readonly string[] = []): string[] {
  if (typeof data !== 'object' || data === null) return []
  const own = 'known' in data ? [path.join('.')] : []
  return [...own, ...Object.entries(data).flatMap(([key, value]) => knownPaths(value, [...path, key]))]
}

/** A copy with another value at a path; only what is on the way there is copied. Undefined: the property is gone. */
export function withValue<T>(data: T, path: string, value: unknown): T {
  return put(data, path.split('.'), value) as T
}

function put(data: unknown, [key = '', ...rest]: readonly string[], value: unknown): unknown {
  if (typeof data !== 'object' || data === null) throw new Error(`Nothing to change at "${key}"`)
  const copy = (Array.isArray(data) ? [...data] : { ...data }) as Record<string, unknown>
  if (rest.length > 0) copy[key] = put(copy[key], rest, value)
  else if (value === undefined) delete copy[key]
  else copy[key] = value
  return copy
}

/** A property that may be absent, or null, by its path; `*` is any item of a list or record. */
export interface Part {
  readonly path: string
  readonly without: null | undefined
}

/** All such properties of a boot record and of the facts of a host, as their schemas have them. */
export function parts(): Part[] {
  const ofHosts = partsOf(HostFacts, '')
  return [
    ...partsOf(BootRecord, 'boot.known'),
    ...['source', 'target'].flatMap((side) =>
      ofHosts.map(({ path, without }) => ({ path: `${side}${path}`, without })),
    ),
  ]
}

function partsOf(schema: z.core.$ZodType, path: string): Part[] {
  if (schema instanceof z.ZodOptional)
    return [{ path, without: undefined }, ...partsOf(schema.unwrap(), path)]
  if (schema instanceof z.ZodNullable) return [{ path, without: null }, ...partsOf(schema.unwrap(), path)]
  if (schema instanceof z.ZodDefault) return partsOf(schema.unwrap(), path)
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => partsOf(option, path))
  if (schema instanceof z.ZodArray) return partsOf(schema.element, `${path}.*`)
  if (schema instanceof z.ZodRecord) return [{ path: `${path}.*`, without: undefined }]
  if (!(schema instanceof z.ZodObject)) return []
  return Object.entries(schema.shape)
    .filter(([key]) => key !== 'unknown' && key !== 'remedy')
    .flatMap(([key, value]) => partsOf(value as z.core.$ZodType, `${path}.${key}`))
}

/** The paths of all properties that are there and fit a path with `*` in it. */
export function pathsLike(data: unknown, pattern: string): string[] {
  return walk(data, pattern.split('.'))
}

function walk(data: unknown, [key, ...rest]: readonly string[]): string[] {
  if (key === undefined) return data === undefined || data === null ? [] : ['']
  if (typeof data !== 'object' || data === null) return []
  const keys = key === '*' ? Object.keys(data) : [key]
  return keys.flatMap((each) =>
    walk((data as Record<string, unknown>)[each], rest).map((tail) =>
      tail === '' ? each : `${each}.${tail}`,
    ),
  )
}
