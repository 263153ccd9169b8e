import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Stage } from './stage.ts'

const zoneFile = 'examples/web1.zonecfg'
const exampleStorage = 'iscsi://10.77.0.240/'

/**
 * The command file of the demonstration. Storage on loopback has another address, so an ordinary user gets a copy.
 * @returns its path
 */
export async function zoneFileFor({ network, storage, folder }: Stage): Promise<string> {
  if (network !== undefined) return zoneFile
  const copy = join(folder, 'web1.zonecfg')
  const text = await readFile(zoneFile, 'utf8')
  const adapted = text
    .replace(exampleStorage, `iscsi://${storage.address}:${storage.port}/`)
    .replace('lower-link=net0', 'lower-link=auto')
  await writeFile(copy, adapted)
  return copy
}
