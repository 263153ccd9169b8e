import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Whether KVM lets guests have guests of their own (the parameter `nested` of kvm_intel and kvm_amd). Without such a
 * module it does not.
 *
 * @param modules folder of the kernel's modules; another one only in tests
 */
export async function readNested(modules = '/sys/module'): Promise<boolean> {
  const answers = await Promise.all(['kvm_intel', 'kvm_amd'].map((name) => parameter(modules, name)))
  return answers.some((answer) => answer === 'Y' || answer === '1')
}

async function parameter(modules: string, name: string): Promise<string | undefined> {
  const path = join(modules, name, 'parameters/nested')
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return text?.trim()
}
