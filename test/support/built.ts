import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

let building: Promise<string> | undefined

/**
 * The library as one file of JavaScript that a child process can import: its URL. Built once per process, inside
 * node_modules, so that what it depends on is found from there; the folder goes with this process.
 */
export function builtLibrary(): Promise<string> {
  building ??= buildLibrary()
  return building
}

async function buildLibrary(): Promise<string> {
  const project = fileURLToPath(new URL('../..', import.meta.url))
  const folder = join(project, `node_modules/.cache/cowrite-tests/${process.pid}`)
  mkdirSync(folder, { recursive: true })
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const outfile = join(folder, 'library.mjs')
  await build({
    entryPoints: [join(project, 'lib/index.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
  })
  return pathToFileURL(outfile).href
}
