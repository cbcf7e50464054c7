import type { SessionStatus } from '../api.js'
import type { Config } from '../store/config.js'
import { walk } from '../store/files.js'
import { otherSessionsAt } from '../store/landing.js'
import type { SessionStore } from '../store/overlay.js'
import { adoptStrays } from './adopt.js'
import { examineAll } from './examine.js'
import { ignoredPaths } from './ignored.js'
import { grouped, toConflict } from './plan.js'
import { presentRetries } from './retries.js'

/** What a person wants to know of a session at work. `confirmOther` asks another session whether it holds a path. */
export async function statusOf(
  store: SessionStore,
  config: Config,
  about: Pick<SessionStatus, 'status' | 'recovered'>,
  confirmOther: (session: string, path: string) => boolean,
): Promise<SessionStatus> {
  await adoptStrays(store)
  const examined = (await examineAll(store)).filter(({ verdict }) => verdict !== 'none')
  const ignored = await ignoredPaths(store, examined, config.ignore)
  const shown = examined.filter(({ path }) => !ignored.has(path))
  const { header } = store.record
  return {
    name: store.name,
    ...about,
    description: header.description,
    createdAt: header.createdAt,
    updatedAt: store.record.updatedAt,
    agentId: header.agentId,
    changes: grouped(shown.filter(({ entry }) => entry.firstWriteAt !== '')),
    ignored: examined.filter(({ path, kind }) => ignored.has(path) && kind !== 'folder').length,
    humanRetries: presentRetries(store),
    conflicts: shown.filter(({ verdict }) => verdict === 'conflict').map(toConflict),
    alsoChangedIn: shown
      .filter(({ kind }) => kind !== 'folder')
      .map(({ path }) => ({
        path,
        sessions: otherSessionsAt(store, path).filter((other) => confirmOther(other, path)),
      }))
      .filter(({ sessions }) => sessions.length > 0),
    sizeBytes: sizeOf(store),
    paths: pathsOf(store, config),
  }
}

export function sizeOf(store: SessionStore): number {
  let size = 0
  for (const { path, kind } of walk(store.port, store.layout.folder)) {
    if (kind === 'file') size += Number(store.port.stat(`${store.layout.folder}/${path}`)?.size ?? 0n)
  }
  return size
}

function pathsOf(store: SessionStore, config: Config): Record<string, string> {
  const folders = config.folders.filter((folder) =>
    store.port.stat(store.layout.upper(folder))?.isDirectory(),
  )
  const named = folders.map((folder) => [folder, `${store.layout.upper(folder)}/`] as const)
  return Object.fromEntries([['session', `${store.layout.folder}/`], ...named])
}
