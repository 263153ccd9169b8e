import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectEnvironment, projectNode } from './node.mjs'
import { say } from './say.mjs'

/** Builds `dist/` unless it is newer than all that it is made of. Returns false if that fails. */
export function ensureDist(root) {
  const build = join(root, 'tools/build.ts')
  if (!existsSync(build)) return true
  const stamp = join(root, 'dist/.built')
  const sources = [join(root, 'src'), build, join(root, 'package-lock.json')]
  if (changedMs(stamp) > Math.max(...sources.map(newestMs))) return true
  const started = new Date()
  const options = { cwd: root, env: projectEnvironment(root), encoding: 'utf8' }
  const { status, stdout, stderr } = spawnSync(projectNode(root), [build], options)
  if (status !== 0) {
    say(`the build failed\n${stdout}${stderr}`)
    return false
  }
  writeFileSync(stamp, '')
  // What was changed during the build is newer than the build.
  utimesSync(stamp, started, started)
  return true
}

/** When a file, or the newest entry of a folder, was changed; folders count, since they show what was removed. */
function newestMs(path) {
  const own = changedMs(path)
  if (!statSync(path).isDirectory()) return own
  return readdirSync(path).reduce((newest, name) => Math.max(newest, newestMs(join(path, name))), own)
}

function changedMs(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
