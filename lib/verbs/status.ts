import type { SessionStatus } from '../api.js'
import { errnoOf } from '../errors.js'
import type { FolderEntry } from '../port/port.js'
import { cannotBeRead } from '../store/damage.js'
import { artifactsFolder, workspacePathOfUpper } from '../store/layout.js'
import type { Seen } from '../store/looking.js'
import type { OtherSessions } from '../store/other-sessions.js'
import { hasScratchFolder, type SessionStore } from '../store/overlay.js'
import { isRejection } from '../store/record.js'
import type { Survey } from '../store/survey.js'
import { adoptStrays } from './adopt.js'
import { barredAmong } from './barred.js'
import type { Examined } from './examined.js'
import { keptLeftOut } from './kept-left-out.js'
import { foldersAmong, grouped, toConflict } from './plan.js'
import { presentChanges } from './present-changes.js'
import { presentRetries } from './retries.js'
import type { Site } from './site.js'

/** What a person wants to know of a session at work. `confirmOthers` asks other sessions which paths they hold. */
export async function statusOf(
  { config, guard }: Pick<Site, 'config' | 'guard'>,
  store: SessionStore,
  about: Pick<SessionStatus, 'status' | 'recovered'>,
  confirmOthers: OtherSessions['confirm'],
): Promise<SessionStatus> {
  const survey = store.remembered.survey()
  await adoptStrays(store, survey)
  const { seen, all, shown, own, moves, ignored } = await presentChanges({ config }, store, { survey })
  const barred = barredAmong(store, guard, shown)
  const { header } = store.record
  const files = shown.filter(({ kind }) => kind !== 'folder').map(({ path }) => path)
  const others = confirmOthers(store.index.othersAt(store.name, files))
  const leftOutKept = keptLeftOut(store.port, store.layout)
  return {
    name: store.name,
    ...about,
    description: header.description,
    createdAt: header.createdAt,
    updatedAt: store.record.updatedAt,
    agentId: header.agentId,
    changes: { ...grouped(own, moves), ...foldersAmong(own, moves) },
    ignored,
    humanRetries: presentRetries(store).filter(isRejection),
    conflicts: shown
      .filter(({ path, verdict }) => verdict === 'conflict' && !barred.has(path))
      .map(toConflict),
    ...(barred.size > 0 ? { barred: [...barred].map(([path, reason]) => ({ path, reason })) } : {}),
    alsoChangedIn: [...others].map(([path, sessions]) => ({ path, sessions })),
    sizeBytes: sizeOf(store, keptBy(store, seen, all), survey),
    paths: pathsOf(store, config),
    ...(header.limits ? { limits: header.limits } : {}),
    ...(leftOutKept ? { leftOutKept } : {}),
  }
}

interface Kept {
  /** Of its copies, in bytes. */
  copies: number
  /** Of what it keeps of the live files, by name. */
  bases: ReadonlyMap<string, number>
}

const allKept = new WeakMap<readonly Examined[], Kept>()

/** The same as long as the same was found. */
function keptBy({ layout, record }: SessionStore, seen: Seen, examined: readonly Examined[]): Kept {
  let kept = allKept.get(examined)
  if (kept === undefined) {
    let copies = 0
    const bases = new Map<string, number>()
    for (const { path, kind, base, kept } of record.entries.values()) {
      if (kind === 'file') copies += Number(seen.get(layout.upper(path))?.size ?? 0n)
      if (kept !== null && base !== null) bases.set(kept, base.size)
    }
    kept = { copies, bases }
    allKept.set(examined, kept)
  }
  return kept
}

/** Of its copies, of what it keeps of the live files, and of all that lies beside them, in bytes. */
function sizeOf({ port, layout, record }: SessionStore, { copies, bases }: Kept, survey: Survey): number {
  let size = copies
  const hasScratch = hasScratchFolder({ port, record })
  const isBeside = ({ name }: FolderEntry): boolean =>
    workspacePathOfUpper(name) === null || (name === artifactsFolder && hasScratch)
  const others: string[] = []
  const goThrough = (folder: string, isWanted: (entry: FolderEntry) => boolean): void => {
    for (const entry of listed(survey, folder)) {
      const { name, kind } = entry
      const base = folder === layout.bases ? bases.get(name) : undefined
      if (base !== undefined) size += base
      else if (isWanted(entry) && kind === 'file') others.push(`${folder}/${name}`)
      else if (isWanted(entry) && kind === 'folder') goThrough(`${folder}/${name}`, () => true)
    }
  }
  goThrough(layout.folder, isBeside)
  return size + survey.sizeOf(others)
}

/** What comes and goes beside the copies may be gone by now; what nobody can look into is not weighed. */
function listed(survey: Survey, folder: string): readonly FolderEntry[] {
  try {
    return survey.list(folder)
  } catch (error) {
    if (cannotBeRead(error) || errnoOf(error) === 'ENAMETOOLONG') return []
    throw error
  }
}

function pathsOf(store: SessionStore, config: Site['config']): Record<string, string> {
  const folders = config.folders.filter((folder) =>
    store.port.stat(store.layout.upper(folder))?.isDirectory(),
  )
  const named = folders.map((folder) => [folder, `${store.layout.upper(folder)}/`] as const)
  return Object.fromEntries([['session', `${store.layout.folder}/`], ...named])
}
