import { movesOf, namesOf, pathsOf, placesToOpen } from '../changes.js'
import { given } from '../given.js'
import type { Context } from '../operation.js'
import { snakeCased } from '../snake-case.js'

export async function getActiveSession(context: Context, input: { session?: string | undefined }) {
  const session = await context.session(input.session)
  const { changes, ...facts } = await session.status()
  const all = [...changes.modified, ...changes.created, ...changes.deleted]
  const bypasses = await session.bypasses.list({ ofChats: true })
  const around = bypasses.map(({ isNew: _isNew, ...one }) => snakeCased(one))
  return {
    ...snakeCased(facts),
    changes: {
      modified: pathsOf(changes.modified),
      created: pathsOf(changes.created),
      deleted: pathsOf(changes.deleted),
    },
    open: placesToOpen(all),
    moved: movesOf(all),
    ...given({ moved_folders: namesOf(changes.movedFolders) }),
    ...(around.length === 0 ? {} : { around }),
  }
}
