import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { say } from './say.mjs'

const policyFile = '/usr/sbin/policy-rc.d'
const packages = JSON.parse(readFileSync(new URL('debian-packages.json', import.meta.url), 'utf8')).install

/**
 * Sees to it that the Debian packages are there. As root it installs what is missing; services of new packages are
 * not started. Returns false, having said what to type, if something is missing that it may not install.
 */
export function ensureDebianPackages() {
  const missing = missingPackages()
  if (missing === undefined) {
    say('this is no Debian system: you need the programs of these packages')
    listReasons(Object.keys(packages))
    return true
  }
  if (missing.length === 0) return true
  say(`these Debian packages are missing:`)
  listReasons(missing)
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends', ...missing]
  if (process.getuid() !== 0) {
    say('install them, then try again:')
    process.stderr.write(`\n  sudo ${install.filter((word) => word !== '--yes').join(' ')}\n\n`)
    return false
  }
  say(`installing them: ${install.join(' ')}`)
  if (withoutServiceStart(() => apt(install) || updateAnd(install))) return true
  say('they could not be installed; see the messages of apt-get above')
  return false
}

/** Undefined where there is no dpkg. */
function missingPackages() {
  const names = Object.keys(packages)
  const query = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status} ${Package}\n', ...names], {
    encoding: 'utf8',
  })
  if (query.error) return undefined
  const installed = new Set(query.stdout.split('\n'))
  return names.filter((name) => !installed.has(`installed ${name}`))
}

function listReasons(names) {
  for (const name of names) process.stderr.write(`  ${name.padEnd(18)}${packages[name]}\n`)
}

/** The package lists are missing or too old: fetch them and show what happens. */
function updateAnd(install) {
  say('fetching the package lists: apt-get update')
  return apt(['apt-get', '-q', 'update']) && apt(install, 'inherit')
}

function apt([program, ...args], output = 'ignore') {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync(program, args, { env, stdio: ['ignore', output, output] }).status === 0
}

/** While packages are installed, forbids to start their services, unless the machine has a policy of its own. */
function withoutServiceStart(action) {
  if (existsSync(policyFile)) return action()
  writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  // Ctrl-C ends apt-get as well, and then this function goes on and takes the file away.
  const ignore = () => undefined
  process.on('SIGINT', ignore)
  process.on('SIGTERM', ignore)
  try {
    return action()
  } finally {
    rmSync(policyFile, { force: true })
    process.off('SIGINT', ignore)
    process.off('SIGTERM', ignore)
    if (existsSync('/run/systemd/system'))
      say('services of new packages were not started; they start at the next boot')
  }
}
