import type { Change, MovedFolder } from '../api.js'

/** Lists of changes as operations answer them: paths, and beside them where to open each and what was moved. */
export function pathsOf(changes: readonly Change[]): string[] {
  return changes.map((change) => change.path)
}

export function placesToOpen(changes: readonly Change[]): { path: string; open_at: string }[] {
  return changes.flatMap(({ path, openAt, kind }) =>
    openAt === null || kind === 'folder' ? [] : [{ path, open_at: openAt }],
  )
}

export function movesOf(changes: readonly Change[]): { from: string; to: string }[] {
  return changes.flatMap(({ path, movedFrom }) =>
    movedFrom === undefined ? [] : [{ from: movedFrom, to: path }],
  )
}

/** Where they went to, and with what, stands among the moves. */
export function namesOf(folders: readonly MovedFolder[] | undefined): string[] | undefined {
  return folders?.map(({ from }) => from)
}
