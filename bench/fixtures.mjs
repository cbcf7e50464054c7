/** What several rounds need and none of them changes much: made once a run, each in a process of its own. */
import { mkdirSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { openWorkspace } from './shared/cowrite.mjs'
import { edited, layWorkspace, pathOf, settle, textOf } from './shared/folders.mjs'
import { makeRepository } from './shared/git.mjs'

/** Very many files. */
export async function files({ folder, scale }) {
  layWorkspace(folder, { files: scale.files, size: 256 })
  settle(folder)
}

/** Very many sessions, each with changes of its own. */
export async function sessions({ folder, scale }) {
  const each = scale.sessionChanges / scale.sessions
  const lower = Math.min(scale.workspace, 1000)
  layWorkspace(folder, { files: lower })
  const workspace = await openWorkspace(folder)
  for (let number = 0; number < scale.sessions; number++) {
    const session = await workspace.start(`session-${number}`, { activate: false })
    // Half of them live files that others change too, half of them new.
    for (let at = 0; at < each; at++) {
      const index = (number * 7 + at) % lower
      if (at % 2 === 0)
        await session.fs.writeFile(pathOf(index), edited(textOf(index), `changed by ${number}`))
      else await session.fs.writeFile(pathOf(index).replace('scene', `new-${number}-${at}`), textOf(at))
    }
    await session.close()
  }
  await workspace.close()
  settle(folder)
}

/** A git repository. */
export async function repository({ folder, scale, has }) {
  layWorkspace(folder, { files: scale.workspace })
  if (has('git')) makeRepository(folder)
  settle(folder)
}

/** One large file of text. */
export async function large({ folder, scale }) {
  mkdirSync(folder, { recursive: true })
  const handle = await open(join(folder, 'large.txt'), 'wx')
  for (let megabyte = 0; megabyte < scale.megabytes; megabyte++) {
    await handle.writeFile(textOf(megabyte, 1024 ** 2))
  }
  await handle.close()
  settle(folder)
}
