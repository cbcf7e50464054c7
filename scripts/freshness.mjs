/** What has to be done before the project can run: dependencies to install, a bundle to build. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** Written last by a build, with the time at which the build began. */
export const buildStamp = join(root, 'dist', 'THIRD-PARTY-LICENSES.txt')

const sources = [
  'lib',
  'cli',
  'clients',
  'hooks',
  'bridges',
  'live',
  'mcp-client',
  'mcp-server',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'scripts/build.mjs',
  'scripts/bundle.mjs',
  'scripts/compile.mjs',
]

/** Whether node_modules lacks a package of package-lock.json, or holds another version of it. */
export function installIsStale() {
  const installed = readLockfile('node_modules/.package-lock.json')
  const wanted = readLockfile('package-lock.json')
  if (installed === null || wanted === null) return true

  return Object.entries(wanted.packages).some(([path, { version, optional }]) => {
    if (path === '') return false
    const found = installed.packages[path]
    // An optional package that is absent is one that this platform has no use for.
    return found === undefined ? !optional : found.version !== version
  })
}

/** Whether something was changed since the last build began. A folder's own time tells of removed files. */
export function buildIsStale() {
  if (!existsSync(buildStamp)) return true
  const built = statSync(buildStamp).mtimeMs
  return sources.some((path) => existsSync(join(root, path)) && isNewer(join(root, path), built))
}

function isNewer(path, time) {
  const found = statSync(path)
  if (found.mtimeMs > time) return true
  return found.isDirectory() && readdirSync(path).some((name) => isNewer(join(path, name), time))
}

function readLockfile(path) {
  const absolute = join(root, path)
  return existsSync(absolute) ? JSON.parse(readFileSync(absolute, 'utf8')) : null
}
