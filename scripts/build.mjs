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
import { bundle } from './bundle.mjs'
import { buildIsStale, root } from './freshness.mjs'
import { licencesOf } from './licences.mjs'

async function build() {
  const began = new Date()
  const aside = join(root, `dist.${process.pid}`)
  try {
    const bundled = await bundle(aside)
    for (const room of ['cli', 'hooks']) chmodSync(join(aside, room, 'main.js'), 0o755)
    compileScripts(aside)
    emitTypes(join(aside, 'lib'))
    const stamp = join(aside, 'THIRD-PARTY-LICENSES.txt')
    writeFileSync(stamp, licencesOf(bundled, root))
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
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (status !== 0) throw new Error('The types do not hold; `npm run types` shows where.')
}

/** In a process of its own, which has run some commands and hooks by then, so that it knows what they use. */
function compileScripts(folder) {
  const { status } = spawnSync(process.execPath, [join(root, 'scripts', 'compile.mjs'), folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0) throw new Error('The command line could not be compiled.')
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

await main(process.argv.includes('--if-stale')).catch((error) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
