/**
 * One process at work on a workspace: opens it by the built library, does one thing, and prints a line for its
 * answer at the moment it has it. `node worker.mjs LIBRARY ROOT OPERATION`.
 */
import { writeSync } from 'node:fs'

const [, , library, root, operation] = process.argv
const { openWorkspace } = await import(library)

/** By name; `workspaces.ts` beside this has what they must come to. */
const operations = {
  'first start': (workspace) => workspace.start('work', { description: 'the first' }),
  start: (workspace) => workspace.start('third'),
  'first write': async (workspace) =>
    (await workspace.session('work')).write('acts/01/scene-03.md', 'anew\n'),
  'first write of a new file': async (workspace) =>
    (await workspace.session('work')).write('acts/new/deep/scene.md', 'new\n'),
  'later write': async (workspace) =>
    (await workspace.session('work')).write('acts/01/scene-01.md', 'again\n'),
  retry: async (workspace) =>
    (await workspace.session('work')).retry('acts/01/scene-02.md', 'Still too long'),
  commit: async (workspace) => (await workspace.session('work')).commit(),
  'partial commit': async (workspace) =>
    (await workspace.session('work')).commit({ files: ['acts/01', 'acts/02', 'acts/10', 'notes/2'] }),
  cancel: (workspace) => workspace.cancel('work'),
  undo: (workspace) => workspace.undo(),
  recover: (workspace) => workspace.recover(),
  'recover a session': (workspace) => workspace.recover('work'),
}

function say(line) {
  writeSync(1, `${JSON.stringify(line)}\n`)
}

function told(error) {
  return { code: error?.code ?? null, name: error?.name ?? null, message: String(error?.message ?? error) }
}

try {
  const workspace = await openWorkspace(root)
  try {
    const answer = await operations[operation](workspace)
    say({ done: true, pendingCleanup: answer?.pendingCleanup ?? false })
  } catch (error) {
    say({ error: told(error) })
  }
  await workspace.close()
} catch (error) {
  say({ closing: told(error) })
}
