import type { SessionStatus } from '../api.js'
import type { FilePort, FolderEntry } from '../port/port.js'
import type { Config } from '../store/config-schema.js'
import { entriesIn } from '../store/files.js'
import { artifactsFolder, workspacePathOfUpper } from '../store/layout.js'
import { lookAtAll, type Seen } from '../store/looking.js'
import { hasScratchFolder, type SessionStore } from '../store/overlay.js'
import { adoptStrays } from './adopt.js'
import { examineAll, lookAtChanges } from './examine-all.js'
import { ignoredPaths } from './ignored.js'
import { keptLeftOut } from './kept-left-out.js'
import { movesAmong } from './moves.js'
import { foldersAmong, grouped, toConflict } from './plan.js'
import { presentRetries } from './retries.js'

/** What a person wants to know of a session at work. `confirmOther` asks another session whether it holds a path. */
export async function statusOf(
  store: SessionStore,
  config: Config,
  about: Pick<SessionStatus, 'status' | 'recovered'>,
  confirmOther: (session: string, path: string) => boolean,
): Promise<SessionStatus> {
  await adoptStrays(store)
  const seen = lookAtChanges(store)
  const examined = (await examineAll(store, seen)).filter(({ verdict }) => verdict !== 'none')
  const ignored = await ignoredPaths(store, examined, config.ignore)
  const shown = examined.filter(({ path }) => !ignored.has(path))
  const own = shown.filter(({ entry }) => entry.firstWriteAt !== '')
  const moves = await movesAmong(store, own)
  const { header } = store.record
  const files = shown.filter(({ kind }) => kind !== 'folder').map(({ path }) => path)
  const others = store.index.othersAt(store.name, files)
  const leftOutKept = keptLeftOut(store.port, store.layout)
  return {
    name: store.name,
    ...about,
    description: header.description,
    createdAt: header.createdAt,
    updatedAt: store.record.updatedAt,
    agentId: header.agentId,
    changes: { ...grouped(own, moves), ...foldersAmong(own, moves) },
    ignored: examined.filter(({ path, kind }) => ignored.has(path) && kind !== 'folder').length,
    humanRetries: presentRetries(store),
    conflicts: shown.filter(({ verdict }) => verdict === 'conflict').map(toConflict),
    alsoChangedIn: [...others]
      .map(([path, sessions]) => ({ path, sessions: sessions.filter((other) => confirmOther(other, path)) }))
      .filter(({ sessions }) => sessions.length > 0),
    sizeBytes: sizeOf(store, seen),
    paths: pathsOf(store, config),
    ...(header.limits ? { limits: header.limits } : {}),
    ...(leftOutKept ? { leftOutKept } : {}),
  }
}

/** Of its copies, of what it keeps of the live files, and of all that lies beside them, in bytes. */
function sizeOf({ port, layout, record }: SessionStore, seen: Seen): number {
  let size = 0
  const bases = new Map<string, number>()
  for (const { path, kind, base, kept } of record.entries.values()) {
    if (kind === 'file') size += Number(seen.get(layout.upper(path))?.size ?? 0n)
    if (kept !== null && base !== null) bases.set(`${layout.bases}/${kept}`, base.size)
  }
  const hasScratch = hasScratchFolder({ port, record })
  const isBeside = ({ name }: FolderEntry): boolean =>
    workspacePathOfUpper(name) === null || (name === artifactsFolder && hasScratch)
  const beside = entriesIn(port, layout.folder)
    .filter(isBeside)
    .flatMap((entry) => filesAt(port, layout.folder, entry))
  for (const path of beside) size += bases.get(path) ?? 0
  const others = beside.filter((path) => !bases.has(path))
  for (const stat of lookAtAll(port, others).values()) size += Number(stat?.size ?? 0n)
  return size
}

function filesAt(port: FilePort, folder: string, { name, kind }: FolderEntry): string[] {
  const at = `${folder}/${name}`
  if (kind === 'file') return [at]
  return kind === 'folder' ? entriesIn(port, at).flatMap((entry) => filesAt(port, at, entry)) : []
}

function pathsOf(store: SessionStore, config: Config): Record<string, string> {
  const folders = config.folders.filter((folder) =>
    store.port.stat(store.layout.upper(folder))?.isDirectory(),
  )
  const named = folders.map((folder) => [folder, `${store.layout.upper(folder)}/`] as const)
  return Object.fromEntries([['session', `${store.layout.folder}/`], ...named])
}
