// Preloaded into kzone's programs by the fault tests: the wall clock of the program is the system's plus the milliseconds
// that the file holds which KZ_TEST_CLOCK names, so that one host's clock can jump. The monotonic clock is left alone.
import { readFileSync } from 'node:fs'

const file = process.env.KZ_TEST_CLOCK
const RealDate = Date
const realNow = Date.now
let readAt = -1000
let offset = 0

function offsetMs() {
  const at = performance.now()
  if (at - readAt > 20) {
    readAt = at
    try {
      offset = Number(readFileSync(file, 'latin1')) || 0
    } catch {
      offset = 0
    }
  }
  return offset
}

if (file !== undefined) {
  globalThis.Date = class Date extends RealDate {
    constructor(...words) {
      if (words.length === 0) super(realNow() + offsetMs())
      else super(...words)
    }

    static now() {
      return realNow() + offsetMs()
    }
  }
}
