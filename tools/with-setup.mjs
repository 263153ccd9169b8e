// Prepares a fresh machine and runs a script of this project on the Node that it wants:
//   node tools/with-setup.mjs SCRIPT [ARGUMENTS…]
// Plain JavaScript, since the Node that runs it may be an older one (18 or later) and nothing is installed yet.
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureDebianPackages } from './setup/debian.mjs'
import { ensureDist } from './setup/dist.mjs'
import { become } from './setup/node.mjs'
import { ensureNodeModules } from './setup/node-modules.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const args = process.argv.slice(2)

if (args.length === 0) {
  process.stderr.write('usage: node tools/with-setup.mjs SCRIPT [ARGUMENTS…]\n')
  process.exit(2)
}
if (!ensureDebianPackages() || !ensureNodeModules(root) || !ensureDist(root)) process.exit(1)
become(root, args)
