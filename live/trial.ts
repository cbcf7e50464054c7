/** A workspace that is there for a trial only, with a session in it: nothing of anybody's is in reach. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SessionApi, WorkspaceApi } from '../lib/workspace-api.js'

export interface Trial {
  root: string
  /** Where views may stand, as an absolute path. */
  views: string
  session: SessionApi
  /** Ends the view of the session that somebody has made, if there is one. */
  endView(): Promise<void>
  /** A real file, as an absolute path. */
  file: string
  /** What stands in it. */
  text: string
}

export type OpenWorkspace = (root: string) => Promise<WorkspaceApi>

export async function withTrial<T>(open: OpenWorkspace, act: (trial: Trial) => Promise<T>): Promise<T> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'cowrite-doctor-')))
  try {
    const [root, views] = [join(folder, 'book'), join(folder, 'views')]
    for (const made of [root, views]) await mkdir(made)
    const file = join(root, 'chapter.md')
    const text = 'Call me Ismael.\n'
    await writeFile(file, text)
    const workspace = await open(root)
    try {
      const session = await workspace.start('trial')
      const endView = async () => {
        await (await workspace.view(session.name))?.close()
      }
      try {
        return await act({ root, views, session, endView, file, text })
      } finally {
        // It may be a mount, and stand when all else is gone.
        await endView()
      }
    } finally {
      await workspace.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
