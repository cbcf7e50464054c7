/** What a new session begins with by a template of the config. */
import { CowriteError } from '../errors.js'
import { ancestorsOf, parentOf, parsePath, type WorkspacePath } from '../paths.js'
import type { Template } from '../store/config-schema.js'
import { copyOnce } from '../store/copying.js'
import { ensureFolder, writeNewFile } from '../store/files.js'
import { statLower } from '../store/fingerprint.js'
import { checkNewName, type Guard } from '../store/guard.js'
import type { SessionLayout } from '../store/layout.js'
import type { Entry } from '../store/record.js'
import type { Site } from './site.js'

/** Throws NOT_FOUND, with those that there are. */
export function templateCalled({ config }: Site, name: string): Template {
  const template = Object.hasOwn(config.templates, name) ? config.templates[name] : undefined
  if (template !== undefined) return template
  const candidates = Object.keys(config.templates)
  const why = candidates.length === 0 ? ': the config has none' : ''
  throw new CowriteError('INVALID_INPUT', `There is no template '${name}'${why}.`, {
    argument: 'template',
    value: name,
    known: candidates,
  })
}

export interface Seeds {
  folders: WorkspacePath[]
  files: { path: WorkspacePath; content: string | { source: WorkspacePath } }[]
}

/**
 * What the template makes that the workspace has not: nothing of the live files is replaced by one. Throws
 * PATH_PROTECTED, INVALID_INPUT and NOT_FOUND for what a session could not make.
 */
export function seedsOf({ port }: Site, { folders, files }: Template, guard: Guard): Seeds {
  const isNew = (path: WorkspacePath): boolean => statLower(port, path) === null
  const seeds: Seeds = { folders: folders.map(parsePath).filter(isNew), files: [] }
  for (const [given, content] of Object.entries(files)) {
    const path = parsePath(given)
    if (!isNew(path)) continue
    guard.checkWrite(path)
    for (const name of [...ancestorsOf(path), path]) checkNewName(name)
    seeds.files.push({
      path,
      content: typeof content === 'string' ? content : sourceOf(port, content.source),
    })
  }
  for (const folder of seeds.folders) {
    guard.checkRead(folder)
    checkNewName(folder)
  }
  return seeds
}

function sourceOf(port: Site['port'], given: string): { source: WorkspacePath } {
  const source = parsePath(given)
  if (port.stat(source)?.isFile()) return { source }
  throw new CowriteError('NOT_FOUND', `The template's file is missing: ${source}`, { path: source })
}

/** Puts them into a session that is being made, and returns what its record is to say of them. */
export async function plant(
  { port }: Site,
  { folders, files }: Seeds,
  aside: SessionLayout,
): Promise<Entry[]> {
  const firstWriteAt = new Date().toISOString()
  const entries = new Map<WorkspacePath, Entry>()
  const add = (path: WorkspacePath, kind: 'file' | 'folder') =>
    entries.set(path, { path, kind, base: null, kept: null, firstWriteAt })
  const addFolder = (path: WorkspacePath) => {
    if (statLower(port, path) !== null || entries.has(path)) return
    ensureFolder(port, aside.upper(path))
    add(path, 'folder')
  }
  for (const folder of folders) for (const path of [...ancestorsOf(folder), folder]) addFolder(path)
  for (const { path, content } of files) {
    for (const folder of ancestorsOf(path)) addFolder(folder)
    const at = aside.upper(path)
    ensureFolder(port, parentOf(at))
    if (typeof content === 'string') writeNewFile(port, at, content)
    else while ((await copyOnce({ port }, content.source, at)) === null);
    add(path, 'file')
  }
  return [...entries.values()]
}
