/**
 * Makes a function that works out its answer once for each object and keeps it as long as the object lives. Only for
 * objects that nobody changes, as facts and contracts are.
 */
export function perObject<K extends object, V extends object>(make: (object: K) => V): (object: K) => V {
  const made = new WeakMap<K, V>()
  return (object) => {
    const known = made.get(object)
    if (known !== undefined) return known
    const value = make(object)
    made.set(object, value)
    return value
  }
}
