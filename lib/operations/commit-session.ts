import * as z from 'zod'
import type { CommitPreview, CommitResult, MarkersResult, OnConflict } from '../api.js'
import { renderCommitSession } from '../render/commit-session.js'
import type { Results } from '../render/results.js'
import type { SessionApi } from '../workspace-api.js'
import { movesOf, namesOf, pathsOf, placesToOpen } from './changes.js'
import { define } from './define.js'
import { given } from './given.js'
import { name, paths } from './inputs.js'
import { snakeCased } from './snake-case.js'

export const commitSession = define('commit_session', {
  group: 'session',
  title: 'Commit a session',
  summary:
    "Without force: a preview of what would change in the live files, with conflicts, sensitive paths and a digest; nothing is written. With force=true, on the person's word only: applies it, all or nothing, archives retries and ends the session. Can be undone by undo_commit.",
  kind: 'destructive',
  idempotent: false,
  input: z.strictObject({
    name,
    force: z.boolean().default(false),
    files: paths.optional().describe('Commit these alone; the rest stays'),
    on_conflict: z
      .enum(['keep_session', 'keep_global', 'markers'])
      .optional()
      .describe('keep_session needs expect; markers commits nothing, marks both versions'),
    expect: z.string().min(1).optional().describe("A preview's digest: refuses if anything changed since"),
    include_ignored: z.boolean().default(false),
  }),
  examples: [
    'cowrite session commit',
    'cowrite session commit chapter-01 --force',
    'cowrite session commit --files acts/one.md,acts/two.md',
  ],
  async run(context, { name, force, files, on_conflict, expect, include_ignored }) {
    const session = await context.session(name)
    const selection = given({ files, onConflict: on_conflict, includeIgnored: include_ignored || undefined })
    if (!force) {
      const options = given({ files, on_conflict, include_ignored: include_ignored || undefined })
      return previewed(await session.preview(selection), options)
    }

    const { active } = await context.workspace.list()
    const { signal, onProgress, confirmedByPerson } = context
    const result = await session.commit({
      ...selection,
      ...given({ expect, signal, onProgress, confirmedByPerson }),
    })
    return result.committed
      ? committed(result, result.closed && active === result.session)
      : marked(result, session)
  },
  render: renderCommitSession,
})

type Output = Results['commit_session']
interface Asked {
  files?: string[]
  on_conflict?: OnConflict
  include_ignored?: boolean
}

function previewed(
  { modified, created, deleted, movedFolders, ...facts }: CommitPreview,
  options: Asked,
): Output {
  const all = [...modified, ...created, ...deleted]
  return {
    ...snakeCased(facts),
    modified: pathsOf(modified),
    created: pathsOf(created),
    deleted: pathsOf(deleted),
    moved: movesOf(all),
    ...given({ moved_folders: namesOf(movedFolders) }),
    open: placesToOpen(all),
    options,
  }
}

function committed({ files, movedFolders, keptOnly, ...facts }: CommitResult, lockCleared: boolean): Output {
  const of = (kind: string) => files.filter(({ change }) => change === kind)
  const [modified, created, deleted] = [of('modified'), of('created'), of('deleted')]
  return {
    ...snakeCased(facts),
    files: pathsOf([...modified, ...created, ...deleted]),
    deleted: pathsOf(deleted),
    moved: movesOf(files),
    ...given({ moved_folders: namesOf(movedFolders) }),
    ...(keptOnly ? { human_retries: [] } : {}),
    lock_cleared: lockCleared,
  }
}

async function marked(result: MarkersResult, session: SessionApi): Promise<Output> {
  const { changes } = await session.status()
  const open = placesToOpen([...changes.modified, ...changes.created])
  return { ...snakeCased(result), open: open.filter(({ path }) => result.marked.includes(path)) }
}
