/** dist/, for tests of what a user has: its programs, each in a process of its own, and the library as a file to import. */
import { type SpawnSyncOptions, type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildIsStale, root } from '../../scripts/freshness.mjs'

let isFresh = false

/** A file of dist/, by its path in there. Fails where dist/ is older than its sources: it would show what was, and pass. */
export function built(path: string): string {
  isFresh ||= !buildIsStale()
  if (!isFresh)
    throw new Error(
      'dist/ is older than its sources. `npm run build` makes it anew; `npm test` does so, too.',
    )
  return join(root, 'dist', path)
}

/** Runs a program of dist/ to its end; what it printed is text. */
export function runBuilt(
  path: string,
  words: readonly string[],
  options: SpawnSyncOptions = {},
): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [built(path), ...words], { ...options, encoding: 'utf8' })
}

/** The library as a child process can import it: its URL. */
export function builtLibrary(): string {
  return pathToFileURL(built('lib/index.js')).href
}
