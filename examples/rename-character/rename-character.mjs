/**
 * A writing tool made with the library: gives a character another name throughout the book, in a session, shows
 * the sentences that changed, and commits with --yes; without it, everything stays as it was.
 *
 *   node examples/rename-character/rename-character.mjs [--from Queequeg] [--to Kwikweg] [--yes]
 */
import { parseArgs } from 'node:util'
import { changedSentences, inTemporaryBook, say } from '../support.mjs'

const { values } = parseArgs({
  options: {
    from: { type: 'string', default: 'Queequeg' },
    to: { type: 'string', default: 'Kwikweg' },
    yes: { type: 'boolean', default: false },
  },
})

await inTemporaryBook({ chapters: 4 }, async (workspace) => {
  const session = await workspace.start('rename', { description: `${values.from} becomes ${values.to}` })
  const files = await rename(session, values)
  if (files.length === 0) {
    await session.cancel()
    say(`${values.from} is nowhere in the book.`)
    return
  }
  say(`${values.from} is now ${values.to} in ${files.length} files of the session, for example:`)

  const diffs = await session.diff()
  for (const { filePath, patch } of diffs.slice(0, 3)) say(filePath, ...changedSentences(patch).slice(0, 2))

  const { modified, conflicts, digest } = await session.preview()
  say(`A commit would change ${modified.length} files, with ${conflicts.length} conflicts.`)
  if (!values.yes) {
    await session.cancel()
    say('Not committed: the book is as it was. Add --yes to commit.')
    return
  }
  // With the preview's digest, what is committed is what was shown, or nothing.
  const { commitId, files: changed } = await session.commit({ expect: digest })
  say(`Committed as ${commitId}: ${changed.length} files. Undo it with workspace.undo('${commitId}').`)
})

/** Every mention, by whole words. Returns the changed files' paths. */
async function rename(session, { from, to }) {
  const { matches } = await session.search(from, { limit: 10_000 })
  const paths = [...new Set(matches.map(({ filePath }) => filePath))]
  const name = new RegExp(
    `(?<![\\p{L}\\p{N}])${from.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}(?![\\p{L}\\p{N}])`,
    'gu',
  )
  const changed = []
  for (const path of paths) {
    const { content, etag } = await session.read(path)
    const renamed = content.replace(name, () => to)
    if (renamed === content) continue
    // The etag makes sure that nobody wrote to it between the reading and the writing.
    await session.write(path, renamed, { ifMatch: etag })
    changed.push(path)
  }
  return changed
}
