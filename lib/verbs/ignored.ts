import { promisify } from 'node:util'
import ignore, { type Ignore } from 'ignore'
import { errnoOf, isCowriteError } from '../errors.js'
import { ancestorsOf, joinPath, type WorkspacePath } from '../paths.js'
import { environmentForGit, programFolder } from '../port/host.js'
import { readIfThere } from '../store/files.js'
import { statLower } from '../store/fingerprint.js'
import { matcher } from '../store/guard.js'
import type { Mark } from '../store/marks.js'
import { locate, type MergedStat, type SessionStore, statMerged } from '../store/overlay.js'
import type { Survey } from '../store/survey.js'
import { inTime, outOfTime } from '../text/in-time.js'
import type { Examined } from './examined.js'
import { ignoreRules } from './findings.js'
import { unitsOf } from './units.js'

/**
 * Which paths stay behind because the workspace ignores them (C7): the config's list, else its .gitignore files, tracked
 * files excepted. A move, or a folder that goes, is one unit (T4): where a part of it is not ignored, all of it goes.
 */
export async function ignoredPaths(
  store: SessionStore,
  changes: readonly Examined[],
  patterns: readonly string[] | null,
  survey?: Survey,
): Promise<Set<WorkspacePath>> {
  const ignored = await ignoredByRules(store, changes, patterns, survey)
  if (ignored.size === 0) return ignored
  const left = withTheirFolders(changes, ignored)
  const others = changes.map(({ path }) => path).filter((path) => !left.has(path))
  for (const path of unitsOf(changes).withNeeds(others)) left.delete(path)
  return left
}

export type Looked = Pick<Examined, 'path' | 'kind' | 'change'>

/** A folder that was made for nothing but ignored files is no more than they are. */
function withTheirFolders(changes: readonly Looked[], ignored: Set<WorkspacePath>): Set<WorkspacePath> {
  const filled = new Set(changes.flatMap(({ path }) => ancestorsOf(path)))
  const isOnlyFolder = ({ path, kind, change }: Looked): boolean =>
    kind === 'folder' && change === 'created' && filled.has(path)
  const needed = new Set(
    changes
      .filter((change) => !ignored.has(change.path) && !isOnlyFolder(change))
      .flatMap(({ path }) => ancestorsOf(path)),
  )
  const further = changes.filter((change) => isOnlyFolder(change) && !needed.has(change.path))
  return new Set([...ignored, ...further.map(({ path }) => path)])
}

/** As `ignoredPaths`, each path by itself. */
export async function ignoredByRules(
  store: SessionStore,
  changes: readonly Looked[],
  patterns: readonly string[] | null,
  survey = store.remembered.survey(),
): Promise<Set<WorkspacePath>> {
  if (patterns !== null) return new Set(changes.map(({ path }) => path).filter(matcher(patterns)))
  if (survey.isUnchanged && unruled.has(changes)) return new Set()
  const rules = new GitignoreRules(store, survey)
  const candidates = rules.ignoredOf(changes)
  if (candidates === outOfTime) return new Set()
  if (candidates.length === 0) {
    unruled.add(changes)
    return new Set()
  }
  const tracked = await trackedAmong(store, candidates)
  return new Set(candidates.filter((path) => !tracked.has(path)))
}

/**
 * Lists of changes of which no rule says anything. A list is the same only where a survey has found all of it unchanged,
 * and with it every file that holds rules.
 */
const unruled = new WeakSet<readonly Looked[]>()

/** For all changes together, in milliseconds. */
const longestMatching = 5_000
/** Of a .gitignore file, in bytes; git itself takes no more than 100 MiB. */
const largestRules = 8 * 1024 * 1024
const longestRule = 4_000

const aroundAll = new WeakMap<readonly Looked[], ReadonlySet<WorkspacePath>>()

/** The folders that some changes lie in, at any height. */
function foldersAround(changes: readonly Looked[]): ReadonlySet<WorkspacePath> {
  let folders = aroundAll.get(changes)
  if (folders === undefined) {
    folders = new Set(changes.flatMap(({ path }) => ['', ...ancestorsOf(path)]))
    aroundAll.set(changes, folders)
  }
  return folders
}

/** By what their file was: for as long as it is the same, so are they. */
const knownRules = new WeakMap<Mark, Ignore>()

/** The .gitignore files on the way to a path, as the session sees them; the deeper one has the last word. */
class GitignoreRules {
  readonly #store: SessionStore
  readonly #survey: Survey
  readonly #rules = new Map<WorkspacePath, Ignore | null>()

  constructor(store: SessionStore, survey: Survey) {
    this.#store = store
    this.#survey = survey
  }

  /** Where the rules take longer than anybody waits for, a person is shown all there is. */
  ignoredOf(changes: readonly Looked[]): WorkspacePath[] | typeof outOfTime {
    this.#loadAll(foldersAround(changes))
    if ([...this.#rules.values()].every((rules) => rules === null)) return []
    return inTime(longestMatching, () =>
      changes.filter(({ path, kind }) => this.#ignores(path, kind === 'folder')).map(({ path }) => path),
    )
  }

  /** As git has it: what lies in an ignored folder is ignored, whatever the rules below say. */
  #ignores(path: WorkspacePath, isFolder: boolean): boolean {
    if (ancestorsOf(path).some((folder) => this.#matches(folder, true))) return true
    return this.#matches(path, isFolder)
  }

  #matches(path: WorkspacePath, isFolder: boolean): boolean {
    let ignored = false
    for (const folder of ['', ...ancestorsOf(path)]) {
      const rules = this.#rulesOf(folder)
      if (rules === null) continue
      const below = folder === '' ? path : path.slice(folder.length + 1)
      const verdict = rules.test(isFolder ? `${below}/` : below)
      if (verdict.ignored) ignored = true
      else if (verdict.unignored) ignored = false
    }
    return ignored
  }

  #rulesOf(folder: WorkspacePath): Ignore | null {
    return this.#rules.get(folder) ?? null
  }

  /** Most folders have no rules of their own: those of lower are looked at together. */
  #loadAll(folders: Iterable<WorkspacePath>): void {
    const { guard } = this.#store
    const ofLower = new Map<WorkspacePath, WorkspacePath>()
    for (const folder of folders) {
      const path = joinPath(folder, ignoreRules)
      if (this.#isLowers(path) && !guard.isProtected(path)) ofLower.set(path, folder)
      else this.#rules.set(folder, this.#load(path, this.#look(path)))
    }
    const seen = this.#survey.look([...ofLower.keys()])
    for (const [path, folder] of ofLower) {
      const stat = seen.get(path) ?? null
      this.#rules.set(folder, stat && this.#load(path, { at: path, stat }))
    }
  }

  #load(path: WorkspacePath, there: Pick<MergedStat, 'at' | 'stat'> | null): Ignore | null {
    const { port, remembered } = this.#store
    if (!there?.stat.isFile() || there.stat.size > largestRules) return null
    const mark = there.at === path ? remembered.markOf(path) : null
    const known = mark && knownRules.get(mark)
    if (known) return known
    const lines = readIfThere(port, there.at)?.toString().split(/\r?\n/) ?? []
    // A pattern that is longer than any path has no expression that could be made of it.
    const rules = ignore({ ignorecase: false }).add(lines.filter((line) => line.length <= longestRule))
    if (mark) knownRules.set(mark, rules)
    return rules
  }

  /** Whether what the session shows at a path is what lower has there. */
  #isLowers(path: WorkspacePath): boolean {
    try {
      return locate(this.#store, path)?.source === 'global'
    } catch (error) {
      if (['ENOTDIR', 'ELOOP'].includes(errnoOf(error) ?? '')) return false
      throw error
    }
  }

  /** Where the session or the live files have a file or a link in the place of a folder, there are no rules below it. */
  #look(path: WorkspacePath): MergedStat | null {
    try {
      return statMerged(this.#store, path)
    } catch (error) {
      if (isCowriteError(error, 'PATH_ESCAPE') || ['ENOTDIR', 'ELOOP'].includes(errnoOf(error) ?? ''))
        return null
      throw error
    }
  }
}

/** Files that git follows: no rule ignores those, whoever made it. None where there is no repository, or no git. */
async function trackedAmong(
  store: SessionStore,
  paths: readonly WorkspacePath[],
): Promise<Set<WorkspacePath>> {
  const tracked = new Set<WorkspacePath>()
  for (const [folder, candidates] of byRepository(store, paths)) {
    const at = folder === '' ? store.port.root : `${store.port.root}/${folder}`
    const below = candidates.map((path) => (folder === '' ? path : path.slice(folder.length + 1)))
    // Many names are more than a command line takes: then git tells all that it follows.
    const words = ['ls-files', '-z', '--cached', ...(below.length > mostNamed ? [] : ['--', ...below])]
    for (const path of await listedByGit(at, words)) tracked.add(joinPath(folder, path))
  }
  return tracked
}

const mostNamed = 100

/** By the folder of the repository that each lies in: the nearest of those that the workspace has. */
function byRepository(
  { port }: SessionStore,
  paths: readonly WorkspacePath[],
): Map<WorkspacePath, WorkspacePath[]> {
  const known = new Map<WorkspacePath, boolean>()
  const isOne = (folder: WorkspacePath): boolean => {
    const found = known.get(folder) ?? statLower(port, joinPath(folder, '.git')) !== null
    known.set(folder, found)
    return found
  }
  const found = new Map<WorkspacePath, WorkspacePath[]>()
  for (const path of paths) {
    const folder = ['', ...ancestorsOf(path)].reverse().find(isOne)
    if (folder === undefined) continue
    const those = found.get(folder) ?? []
    if (those.push(path) === 1) found.set(folder, those)
  }
  return found
}

async function listedByGit(folder: string, words: readonly string[]): Promise<string[]> {
  const careful = ['--literal-pathspecs', '-c', 'core.fsmonitor=false']
  const { execFile } = await import('node:child_process')
  try {
    const { stdout } = await promisify(execFile)('git', ['-C', folder, ...careful, ...words], {
      cwd: programFolder(),
      env: environmentForGit(),
      timeout: 10_000,
      maxBuffer: 64 * 1024 * 1024,
    })
    return stdout.split('\0').filter((path) => path !== '')
  } catch {
    // No git on this machine, or not a repository that it can read: then nothing is known to be tracked.
    return []
  }
}
