import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

// Everything that can be said about the code without running it: types, lint, format, layers. `npm run check`.
const root = join(import.meta.dirname, '..')

const checks: readonly (readonly [name: string, ...command: string[]])[] = [
  ['types', 'tsc', '-p', '.'],
  ['lint', 'oxlint', '--type-aware', '--deny-warnings', 'src', 'test', 'tools', 'demo', 'bench'],
  ['format', 'biome', 'check', '--error-on-warnings'],
  ['layers', 'depcruise', 'src', '--output-type', 'err'],
]

/** The layer check has been seen to read no module at all and to report success: a planted violation must be found. */
function layerCheckWorks(): boolean {
  const cwd = join(root, 'test/fixtures/layers')
  const config = join(root, '.dependency-cruiser.cjs')
  const { status, stdout } = spawnSync('depcruise', ['src', '--config', config], { cwd, encoding: 'utf8' })
  return status !== 0 && stdout.includes('util-imports-upwards')
}

/** Runs all checks and prints what they found; answers whether all are clean. */
export function check(): boolean {
  const failed = checks.filter(([name, program = '', ...args]) => {
    const { status, stdout, stderr } = spawnSync(program, args, { cwd: root, encoding: 'utf8' })
    if (status === 0) return false
    console.log(`${name}: ${program} found:\n${stdout}${stderr}`)
    return true
  })
  if (!layerCheckWorks()) {
    console.log('layers: the planted violation in test/fixtures/layers was not found')
    return false
  }
  return failed.length === 0
}

if (import.meta.main) {
  const clean = check()
  console.log(clean ? 'types, lint, format and layers are clean' : 'not clean, see above')
  process.exitCode = clean ? 0 : 1
}
