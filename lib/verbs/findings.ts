/** What was found of a session's changes, for as long as they and lower are the same: a status asks often. */
import type { FileDiff } from '../api.js'
import { ancestorsOf, joinPath, type WorkspacePath } from '../paths.js'
import { type Effective, effectiveEntries } from '../store/layers.js'
import type { Mark } from '../store/marks.js'
import type { SessionStore } from '../store/overlay.js'
import type { Entry } from '../store/record.js'
import type { Remembered } from '../store/remembered.js'
import type { Examined } from './examined.js'

/** The file in a folder that says what git ignores there. */
export const ignoreRules = '.gitignore'

interface Finding {
  entry: Entry
  lower: Mark | null
  own: Mark | null
  found: Examined
}

/** In characters. Beyond so many in all, no more diffs are kept. */
const mostDiffed = 8 * 1024 * 1024

class Findings {
  readonly #store: SessionStore
  readonly #diffs = new Map<WorkspacePath, { found: Examined; words: boolean; diff: FileDiff }>()
  #diffed = 0
  readonly #known = new Map<WorkspacePath, Finding>()
  /** Of all changes, when the record was so long. */
  #paths: { length: number; paths: string[] } | null = null
  #all: { length: number; examined: readonly Examined[] } | null = null

  constructor(store: SessionStore) {
    this.#store = store
  }

  recall({ entry, layer }: Effective): Examined | undefined {
    const known = this.#known.get(entry.path)
    if (known === undefined || known.entry !== entry) return undefined
    const { remembered } = this.#store
    const isSame =
      known.lower === remembered.markOf(entry.path) &&
      known.own === remembered.markOf(layer.layout.upper(entry.path))
    return isSame ? known.found : undefined
  }

  keep(found: Examined, { entry, layer }: Effective): void {
    const { remembered } = this.#store
    const [lower, own] = [remembered.markOf(entry.path), remembered.markOf(layer.layout.upper(entry.path))]
    const isKnown = lower !== undefined && (own || (own === null && found.at === null))
    if (isKnown && dependsOnItselfAlone(entry) && !holdsContent(found))
      this.#known.set(entry.path, { entry, lower, own, found })
    else this.#known.delete(entry.path)
  }

  /** What `examineAll` found, where nothing was recorded since; the caller sees to it that nothing on disk is different. */
  ofAll(): readonly Examined[] | undefined {
    return this.#all?.length === this.#store.record.length ? this.#all.examined : undefined
  }

  /** `length` is the record's when `entries` was made from it. */
  keepAll(examined: readonly Examined[], entries: readonly Effective[], length: number): void {
    const canBeKept = entries.every(({ entry }) => this.#known.get(entry.path)?.entry === entry)
    this.#all = canBeKept ? { length, examined } : null
  }

  /** The diff of a change, made before and of the same finding. */
  diffOf(found: Examined, words: boolean): FileDiff | undefined {
    const known = this.#diffs.get(found.path)
    return known?.found === found && known.words === words ? { ...known.diff } : undefined
  }

  keepDiff(found: Examined, words: boolean, diff: FileDiff): void {
    const { path } = found
    this.#diffed -= lengthOf(this.#diffs.get(path)?.diff)
    this.#diffs.delete(path)
    // What is found anew every time would only lie here.
    if (this.#known.get(path)?.found !== found || this.#diffed + lengthOf(diff) > mostDiffed) return
    this.#diffed += lengthOf(diff)
    this.#diffs.set(path, { found, words, diff: { ...diff } })
  }

  /** Both sides of every change, and where rules of what is ignored may lie, which is asked next. */
  paths(): readonly string[] {
    const { record, layers } = this.#store
    if (layers.length > 1 || this.#paths?.length !== record.length) {
      const both = bothSides(this.#store)
      const folders = new Set([
        '',
        ...effectiveEntries(layers).flatMap(({ entry }) => ancestorsOf(entry.path)),
      ])
      const paths = [...both, ...[...folders].map((folder) => joinPath(folder, ignoreRules))]
      this.#paths = { length: record.length, paths }
    }
    return this.#paths.paths
  }
}

/** What was merged, or marked, is as large as the file. */
function holdsContent({ marked, target }: Examined): boolean {
  const wanted = target?.wanted
  return marked !== undefined || (wanted?.kind === 'file' && 'bytes' in wanted.content)
}

function lengthOf(diff: FileDiff | undefined): number {
  return (diff?.patch.length ?? 0) + (diff?.globalPatch?.length ?? 0)
}

/** Not so where a link leads, and what goes with a folder: that depends on what is elsewhere. */
function dependsOnItselfAlone({ kind, base }: Entry): boolean {
  return kind === 'file' ? base?.kind !== 'folder' : kind === 'whiteout' && base?.kind === 'file'
}

const allFindings = new WeakMap<Remembered, Findings>()

/** Of a session that this process has open. */
export function findingsOf(store: SessionStore): Findings {
  let findings = allFindings.get(store.remembered)
  if (findings === undefined) {
    findings = new Findings(store)
    allFindings.set(store.remembered, findings)
  }
  return findings
}

export function bothSides({ layers }: SessionStore): string[] {
  const changes = effectiveEntries(layers)
  const lower = changes.map(({ entry }) => entry.path)
  return [...lower, ...changes.map(({ entry, layer }) => layer.layout.upper(entry.path))]
}
