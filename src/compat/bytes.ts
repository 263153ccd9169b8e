const units = ['', 'K', 'M', 'G', 'T', 'P']

/** A number of bytes without loss, in the greatest unit that leaves no fraction: `16G`, `16777217K`, `1000`. */
export function exactBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value !== 0 && value % 1024 === 0 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${value}${units[unit]}`
}

/** A number of bytes as a person reads it, rounded down to a tenth: `3.7G`. */
export function roughBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${Math.floor(value * 10) / 10}${units[unit]}`
}
