/**
 * Bundles the library, the command line and the MCP server into dist/, with the library's types.
 *
 *   node scripts/build.mjs              everything
 *   node scripts/build.mjs --if-stale   only if something was changed since the last build
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildIsStale, root } from './freshness.mjs'
import { licencesOf } from './licences.mjs'

/**
 * What a user's node_modules must provide at run time. All else is bundled: loading a package file by file costs
 * more than all that a command does (zod 50 ms, fs-extra 20, the MCP SDK 130; bundled 12, 5 and 40).
 */
const external = ['chokidar']

/** The options of the one esbuild run; `outdir` is absolute. */
export function bundleOptions(outdir) {
  return {
    absWorkingDir: root,
    entryPoints: ['lib/index.ts', 'cli/main.ts', 'mcp-server/main.ts'],
    outdir,
    outbase: '.',
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external,
    sourcemap: 'linked',
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    // Bundled CommonJS packages call require for Node's own modules.
    banner: {
      js: "import { createRequire as createRequireForBundle } from 'node:module'\nconst require = createRequireForBundle(import.meta.url)",
    },
  }
}

async function build() {
  const began = new Date()
  const { build: bundle } = await import('esbuild')
  const aside = join(root, `dist.${process.pid}`)
  try {
    const { metafile } = await bundle(bundleOptions(aside))
    chmodSync(join(aside, 'cli', 'main.js'), 0o755)
    emitTypes(join(aside, 'lib'))
    const stamp = join(aside, 'THIRD-PARTY-LICENSES.txt')
    writeFileSync(stamp, licencesOf(metafile, root))
    utimesSync(stamp, began, began)
    replace(join(root, 'dist'), aside)
  } finally {
    rmSync(aside, { recursive: true, force: true })
  }
}

function emitTypes(outDir) {
  mkdirSync(outDir, { recursive: true })
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const args = [compiler, '-p', join(root, 'tsconfig.build.json'), '--outDir', outDir]
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) throw new Error('The types do not hold; `npm run types` shows where.')
}

/** The old folder goes only when the new one is whole, so that programs that run from it miss nothing meanwhile. */
function replace(target, replacement) {
  const old = `${target}.old.${process.pid}`
  if (existsSync(target)) renameSync(target, old)
  renameSync(replacement, target)
  rmSync(old, { recursive: true, force: true })
}

function canBuild() {
  try {
    createRequire(import.meta.url).resolve('esbuild')
    return true
  } catch {
    return false
  }
}

async function main(ifStale) {
  if (ifStale && !buildIsStale()) return
  if (ifStale && !canBuild()) {
    console.error('Not built: the development dependencies are not installed.')
    return
  }
  await build()
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(process.argv.includes('--if-stale')).catch((error) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  })
}
