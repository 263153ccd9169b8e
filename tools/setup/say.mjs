/** Tells what the set-up does, on standard error: standard output belongs to the script. */
export function say(text) {
  process.stderr.write(`setup: ${text}\n`)
}
