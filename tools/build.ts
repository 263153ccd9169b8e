import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { build, type Plugin } from 'esbuild'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
const programs = ['zonecfg', 'zoneadm', 'zlogin', 'suriadm', 'kzhostdata', 'zonesd']

/**
 * What npm links as a program. It is in the JavaScript of old, so that a Node too old for the rest can say so. The
 * compiled code is kept beside the program: only who may change the program can write there.
 */
function entry(program: string): string {
  return `#!/usr/bin/env node
var version = process.versions.node
if (Number(version.split('.')[0]) < 24) {
  process.stderr.write('${program}: needs Node 24 or newer, this is Node ' + version + '\\n')
  process.exit(1)
}
import('node:module').then(function (module) {
  module.enableCompileCache(new URL('.compile-cache', import.meta.url).pathname)
  return import('./${program}-main.js')
})
`
}

/** zod brings its messages in some fifty languages, most of its size: only the default one is ever asked for. */
const englishOnly: Plugin = {
  name: 'english-only',
  setup(plugin) {
    plugin.onResolve({ filter: /\/locales\/index\.js$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, dirname(path), 'en.js'),
    }))
  },
}

/** Bundles the programs into dist/: all files in one folder, where zoneadm finds zonesd.js beside itself. */
async function buildPrograms(): Promise<{ files: number; bytes: number }> {
  await mkdir(dist, { recursive: true })
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: {
      ...Object.fromEntries(programs.map((program) => [`${program}-main`, join('src/bin', `${program}.ts`)])),
      'matrix-worker': 'src/cli/check/matrix-worker.ts',
    },
    outdir: 'dist',
    chunkNames: 'chunk-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    legalComments: 'eof',
    metafile: true,
    plugins: [englishOnly],
    // Libraries in CommonJS ask for node's modules with require().
    banner: {
      js: "import { createRequire as kzCreateRequire } from 'node:module'; const require = kzCreateRequire(import.meta.url);",
    },
  })
  for (const program of programs) {
    const path = join(dist, `${program}.js`)
    await writeFile(path, entry(program))
    await chmod(path, 0o755)
  }
  const written = Object.keys(metafile.outputs).map((path) => basename(path))
  const kept = new Set([...written, ...programs.map((program) => `${program}.js`)])
  for (const name of await readdir(dist)) {
    // Chunks of an earlier build; a program that has just started may still want them, the next build removes them.
    if (name.endsWith('.js') && !kept.has(name)) await rm(join(dist, name))
  }
  const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0)
  return { files: kept.size, bytes }
}

const start = performance.now()
const { files, bytes } = await buildPrograms()
const seconds = ((performance.now() - start) / 1000).toFixed(2)
console.log(`dist/: ${files} files, ${Math.round(bytes / 1024)} KiB, built in ${seconds} s`)
