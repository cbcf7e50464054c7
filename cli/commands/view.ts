/** `cowrite view`: a session as a folder that stands until it is closed. */
import { resolve } from 'node:path'
import { CowriteError } from '../../lib/errors.js'
import { snakeCased } from '../../lib/operations/snake-case.js'
import { linesForTerminal } from '../../lib/render/at-terminal.js'
import { renderViewLooked, renderViewOpened, renderViews, viewCostInWords } from '../../lib/render/views.js'
import type { View, ViewOptions, ViewResult, ViewSummary } from '../../lib/run-api.js'
import type { WorkspaceApi } from '../../lib/workspace-api.js'
import { type Call, findRoot, viewAround, withWorkspace } from '../call.js'
import { writeText } from '../output.js'
import { startProgress } from '../progress.js'

export interface ViewWords {
  /** The session. */
  name?: string
  sync: boolean
  close: boolean
  provider?: 'fuse-overlay' | 'copy'
  place?: string
}

export async function view(words: ViewWords, call: Call): Promise<void> {
  await withWorkspace(call, await findRoot(call), async (workspace) => {
    const named = words.name ?? call.globals.session
    if (words.sync || words.close) return look(words, workspace, call)
    if (named === undefined && words.provider === undefined && words.place === undefined) {
      const views = await workspace.views()
      const told = views.map(({ isOpen, isThere, ...rest }) => ({
        ...rest,
        is_open: isOpen,
        is_there: isThere,
      }))
      return call.answer({ views: told, count: views.length }, linesForTerminal(renderViews(views)))
    }
    await open(named, words, workspace, call)
  })
}

async function open(
  name: string | undefined,
  { provider, place }: ViewWords,
  workspace: WorkspaceApi,
  call: Call,
): Promise<void> {
  const { io, signal } = call
  const session = await workspace.session(name)
  const before = await workspace.view(session.name)
  const progress = startProgress(io.stderr)
  const options: ViewOptions = {
    signal,
    onProgress: progress.report,
    onBegin(cost) {
      const told = call.json ? null : viewCostInWords(cost)
      if (told !== null) io.stderr.write(`${told}\n`)
    },
    ...(provider === undefined ? {} : { provider }),
    ...(place === undefined ? {} : { place: resolve(io.cwd, place) }),
  }
  let made: View
  try {
    made = await session.view(options)
  } finally {
    progress.end()
  }
  const { folder } = made
  if (!call.json) {
    const text = renderViewOpened(session.name, made.provider, before?.folder !== folder)
    await writeText(io.stderr, linesForTerminal(text))
  }
  // As it is: whoever goes there by it needs each byte.
  await call.answer({ session: session.name, folder, provider: made.provider }, folder)
}

/** Brings in what was done; the view in which one stands, or that of the session, where none is named. */
async function look({ name, close }: ViewWords, workspace: WorkspaceApi, call: Call): Promise<void> {
  const named = name ?? call.globals.session ?? (await viewAround(call)) ?? undefined
  const which = named ?? (await workspace.session()).name
  // To ask for one whose folder is gone is to forget it.
  const before = (await workspace.views()).find(
    ({ session, folder }) => session === which || folder === which,
  )
  const found = await workspace.view(which)
  if (found === null) throw before ? folderGone(before) : await noView(which, workspace)
  const result: ViewResult = close ? await found.close() : await found.sync()
  await call.answer(
    {
      session: found.session,
      folder: found.folder,
      provider: found.provider,
      closed: close,
      brought_into: result.session,
      left_out: snakeCased(result.leftOut),
    },
    linesForTerminal(renderViewLooked(result, { of: found.session, closed: close })),
  )
}

function folderGone({ session, folder }: ViewSummary): Error {
  return new CowriteError(
    'NOT_FOUND',
    `The view of session '${session}' is gone: somebody has removed ${folder}. What was done there and not looked at since is lost; the view is forgotten now`,
    { path: folder, view: session },
  )
}

async function noView(which: string, workspace: WorkspaceApi): Promise<Error> {
  // Where there is no such session, that is what is to be said.
  await workspace.session(which)
  return new CowriteError('NOT_FOUND', `Session '${which}' has no view that stands`, {
    path: '',
    view: which,
  })
}
