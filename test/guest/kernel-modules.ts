import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface KernelModule {
  readonly name: string
  readonly data: Buffer
}

/**
 * Reads kernel modules and all that they need, in the order in which they can be loaded. The dependencies are the
 * `depends=` line inside each module (modinfo(8)), since an unpacked kernel package has no modules.dep yet.
 * @param folder the kernel's module tree, e.g. `…/lib/modules/6.1.0-56-cloud-amd64`
 * @throws Error if a module is not there
 */
export async function kernelModules(folder: string, wanted: readonly string[]): Promise<KernelModule[]> {
  const files = new Map<string, string>()
  for (const path of await readdir(folder, { recursive: true })) {
    const name = /([^/]+)\.ko$/.exec(path)?.[1]
    if (name !== undefined) files.set(canonical(name), join(folder, path))
  }
  const loaded = new Map<string, KernelModule>()
  async function load(name: string): Promise<void> {
    if (loaded.has(name)) return
    const path = files.get(name)
    if (path === undefined) throw new Error(`The kernel in "${folder}" has no module "${name}"`)
    const data = await readFile(path)
    for (const needed of dependencies(data)) await load(needed)
    loaded.set(name, { name, data })
  }
  for (const name of wanted) await load(canonical(name))
  return [...loaded.values()]
}

function dependencies(module: Buffer): string[] {
  const start = module.indexOf('\0depends=')
  if (start === -1) return []
  const text = module.toString('latin1', start + '\0depends='.length, module.indexOf(0, start + 1))
  return text.split(',').filter(Boolean).map(canonical)
}

/** Files may be named with a dash where modules are named with an underscore. */
function canonical(name: string): string {
  return name.replaceAll('-', '_')
}
