import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Read once: a program that was started without it cannot be held later. */
const folder = process.env['KZ_TEST_HOLDS']

const lookIntervalMs = 5

/**
 * For fault tests alone: stops here for as long as the folder that the environment variable KZ_TEST_HOLDS named when the
 * program was started has a file with the point's name. That it stands here is told by a file `POINT.held` beside it. Without
 * the variable, which no installation sets, it does nothing.
 *
 * @param point lower-case letters, digits, `-` and `.`
 */
export function holdForTest(point: string): Promise<void> | undefined {
  return folder !== undefined && existsSync(join(folder, point)) ? hold(join(folder, point)) : undefined
}

async function hold(path: string): Promise<void> {
  writeFileSync(`${path}.held`, `${process.pid}\n`)
  while (existsSync(path)) await sleep(lookIntervalMs)
}
