/** Where clients put the transcript of a chat, by its id. */
import { type Dirent, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { errnoOf } from '../../errors.js'

type Environment = Record<string, string | undefined>

/** Null where no client has one. The id is whoever's, and stands for a name only where it can be one. */
export function locateTranscript(chat: string, env: Environment): string | null {
  const home = env.HOME ?? env.USERPROFILE
  if (!/^[\w-]{1,128}$/.test(chat)) return null
  const under = (own: string | undefined, folder: string) => own || (home ? join(home, folder) : null)
  const places: [folder: string | null, depth: number, isIt: (name: string) => boolean][] = [
    [under(env.CLAUDE_CONFIG_DIR, '.claude'), 2, (name) => name === `${chat}.jsonl`],
    [
      under(env.CODEX_HOME, '.codex'),
      5,
      (name) => name.startsWith('rollout-') && name.endsWith(`-${chat}.jsonl`),
    ],
    [
      under(undefined, '.gemini'),
      4,
      (name) => /^session-.*\.jsonl?$/.test(name) && name.includes(chat.slice(0, 8)) && chat.length >= 8,
    ],
  ]
  const subfolders = ['projects', 'sessions', 'tmp']
  for (const [at, [folder, depth, isIt]] of places.entries()) {
    const found = folder === null ? null : find(join(folder, subfolders[at] ?? ''), depth, isIt)
    if (found !== null) return found
  }
  return null
}

/** Newest folders first, as far as their names tell. */
function find(folder: string, depth: number, isIt: (name: string) => boolean): string | null {
  const entries = entriesOf(folder).sort((left, right) => (left.name < right.name ? 1 : -1))
  const file = entries.find((entry) => entry.isFile() && isIt(entry.name))
  if (file !== undefined) return join(folder, file.name)
  if (depth <= 1) return null
  for (const entry of entries) {
    const found = entry.isDirectory() ? find(join(folder, entry.name), depth - 1, isIt) : null
    if (found !== null) return found
  }
  return null
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return []
  }
}
