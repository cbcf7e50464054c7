/** `cowrite init`: makes a folder a workspace. */
import { resolve } from 'node:path'
import { CowriteError } from '../../lib/errors.js'
import { confirm } from '../ask.js'
import { type Call, realFolder, stated } from '../call.js'

export interface InitOptions {
  stateFolder?: 'workspace' | '.cowrite'
  /** Do not ask. */
  yes: boolean
}

/** As `git init` does, it takes the folder one stands in, and not a workspace above it. */
export async function init({ stateFolder, yes }: InitOptions, call: Call): Promise<void> {
  const { io } = call
  const root = await realFolder(resolve(io.cwd, stated(call) ?? '.'))
  const { findWorkspace, openWorkspace } = await io.rooms.library()
  const isOne = (await findWorkspace(root)) === root
  const shown = JSON.stringify(root).slice(1, -1)

  const question = `Make ${shown} a workspace? Its sessions are kept in ${stateFolder ?? 'workspace'}/.`
  if (!isOne && call.asks && !yes && !(await confirm(io, question))) {
    throw new CowriteError('CANCELLED', 'Not confirmed, nothing changed', {})
  }
  const workspace = await openWorkspace(root, stateFolder === undefined ? {} : { stateFolder })
  try {
    await workspace.initialize()
  } finally {
    await workspace.close()
  }
  const folder = workspace.stateFolder

  const done = isOne ? `✅ WORKSPACE, AS BEFORE: ${shown}` : `✅ WORKSPACE READY: ${shown}`
  const lines = [
    done,
    '',
    '📂 Sessions are kept in:',
    `   ${folder}/`,
    '',
    '💡 Next steps:',
    '   - Start a session: cowrite session start my-first-session',
  ]
  await call.answer({ workspace: root, state_folder: folder, created: !isOne }, lines.join('\n'))
}
