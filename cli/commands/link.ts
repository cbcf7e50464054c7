/** `cowrite session link`: a person says which transcript tells of a session. */
import { resolve } from 'node:path'
import { renderLinked } from '../../lib/render/linked.js'
import { type Call, findRoot, withWorkspace } from '../call.js'

export async function linkTranscript(file: string, call: Call): Promise<void> {
  const path = resolve(call.io.cwd, file)
  const root = await findRoot(call)
  await withWorkspace(call, root, async (workspace) => {
    const linked = await workspace.chats.link(path, call.globals.session)
    const { session, isNew, client, messages } = linked
    const result = { session_id: session, path: linked.path, linked: isNew, client, messages }
    await call.answer(result, renderLinked(linked))
  })
}
