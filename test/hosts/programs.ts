import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const distFolder = join(import.meta.dirname, '../../dist')
const programs = ['zonecfg', 'zoneadm', 'zlogin', 'suriadm', 'kzhostdata', 'zonesd']

/**
 * Makes a folder with kzone's programs as an installed package would put them into PATH: each runs the built program
 * with the Node of this process.
 */
export async function createPrograms(folder: string): Promise<void> {
  await mkdir(folder)
  for (const name of programs) {
    const script = `#!/bin/sh\nexec '${process.execPath}' '${join(distFolder, `${name}.js`)}' "$@"\n`
    await writeFile(join(folder, name), script, { mode: 0o755 })
  }
}
