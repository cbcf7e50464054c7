/** What commits of sessions have put into the workspace's repositories: nothing of cowrite's takes that away. */

import { errnoOf, isCowriteError } from '../errors.js'
import type { GitReference } from '../records-api.js'
import { tellsOfDamage } from '../store/damage.js'
import { entriesIn } from '../store/files.js'
import type { Site } from '../verbs/site.js'
import { referencesBelow } from './git.js'

/** How deep below the workspace, and in how many folders, repositories are looked for. */
const deepest = 4
const mostFolders = 2_000

/** `refs/cowrite/<session>/…` of these sessions, with the texts of every commit that was made in their views. */
export async function gitReferencesOf(
  { port, layout }: Site,
  names: readonly string[],
): Promise<GitReference[]> {
  const prefixes = [...new Set(names)].map((name) => `refs/cowrite/${name}/`)
  const found: GitReference[] = []
  for (const folder of prefixes.length === 0 ? [] : repositoriesBelow()) {
    const at = folder === '' ? port.root : `${port.root}/${folder}`
    const references = await referencesBelow(at, 'refs/cowrite/')
    for (const reference of references)
      if (prefixes.some((prefix) => reference.startsWith(prefix)))
        found.push({ repository: folder, reference })
  }
  return found

  function repositoriesBelow(): string[] {
    const repositories: string[] = []
    let level = ['']
    let looked = 0
    for (let depth = 0; depth <= deepest && level.length > 0; depth++) {
      const next: string[] = []
      for (const folder of level) {
        if (++looked > mostFolders) return repositories
        for (const { name, kind } of entriesOrNone(folder)) {
          const path = folder === '' ? name : `${folder}/${name}`
          if (name === '.git') repositories.push(folder)
          else if (kind === 'folder' && name !== 'node_modules' && path !== layout.state) next.push(path)
        }
      }
      level = next
    }
    return repositories
  }

  /** Where nobody may look, nothing of a session's was fetched into either. */
  function entriesOrNone(folder: string) {
    try {
      return entriesIn(port, folder)
    } catch (error) {
      if (tellsOfDamage(error) || isCowriteError(error) || errnoOf(error) !== undefined) return []
      throw error
    }
  }
}
