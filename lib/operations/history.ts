import * as z from 'zod'
import { renderDiffSession } from '../render/diff-session.js'
import { renderListCommits, renderRecoverSession, renderUndoCommit } from '../render/history.js'
import { define } from './define.js'
import { given } from './given.js'
import { name, paths } from './inputs.js'
import { snakeCased } from './snake-case.js'

export const diffSession = define('diff_session', {
  group: 'session',
  title: 'Show changes',
  summary:
    'Shows what a session changed: unified diffs; prose by sentence, with [-removed-] and {+added+} words.',
  kind: 'read',
  idempotent: true,
  input: z.strictObject({
    name,
    other: z.string().min(1).optional().describe('Session to compare with'),
    files: paths.optional(),
    words: z.boolean().optional().describe('Default: true for Markdown and plain text'),
  }),
  examples: [
    'cowrite session diff',
    'cowrite session diff --file acts/act-1/scene-0101.md --words',
    'cowrite session diff main-work experimental-v2',
  ],
  async run(context, { name, other, files, words }) {
    const session = await context.session(name)
    const options = given({ files, words })
    const { between } = context.workspace
    const diffs =
      other === undefined ? await session.diff(options) : await between.compare(session.name, other, options)
    const isNews = other !== undefined && diffs.length > 0
    return {
      session: session.name,
      ...given({ other, mergeable: isNews ? await between.mergeable(session.name, other) : undefined }),
      files: diffs.map((file) => ({ ...snakeCased(file), unit: file.unit ?? 'lines' })),
    }
  },
  render: renderDiffSession,
})

export const undoCommit = define('undo_commit', {
  group: 'session',
  title: 'Undo a commit',
  summary: 'Puts back what a commit replaced; refuses if live files changed since. Can be undone.',
  kind: 'destructive',
  idempotent: false,
  input: z.strictObject({
    commit_id: z.string().min(1).optional().describe('Default: the newest'),
    files: paths.optional().describe('Put these alone back'),
    skip_changed: z.boolean().default(false).describe('Leave what changed since, undo the rest'),
  }),
  examples: ['cowrite session undo', 'cowrite session undo 0003 --skip-changed'],
  async run({ workspace }, { commit_id, files, skip_changed }) {
    const options = given({ files, skipChanged: skip_changed || undefined })
    return snakeCased(await workspace.undo(commit_id, options))
  },
  render: renderUndoCommit,
})

export const recoverSession = define('recover_session', {
  group: 'session',
  title: 'Recover',
  summary:
    'Finishes or takes back what a crash cut short, and reopens a CRASHED session with all that can be saved.',
  kind: 'write',
  idempotent: true,
  input: z.strictObject({ name: z.string().min(1).optional().describe('Default: whatever needs it') }),
  examples: ['cowrite session recover old-work'],
  async run({ workspace }, { name }) {
    return snakeCased(await workspace.recover(name))
  },
  render: renderRecoverSession,
})

export const listCommits = define('list_commits', {
  group: 'session',
  title: 'List commits',
  summary: 'Lists the commits that can be undone, newest first.',
  kind: 'read',
  idempotent: true,
  input: z.strictObject({}),
  examples: ['cowrite session commits'],
  async run({ workspace }) {
    const commits = await workspace.commits()
    return {
      commits: commits.map(({ moved, ...commit }) => ({
        ...snakeCased(commit),
        ...given({ moved: moved?.length }),
      })),
    }
  },
  render: (result, face) => renderListCommits(result, face),
})
