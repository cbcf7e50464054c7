/**
 * A tool that knows nothing of cowrite writes in a session: replace-in-file, from npm, takes an `fs` to work with,
 * and gets `session.fs`. It reads the whole book, and what it writes is the session's.
 *
 *   node examples/borrowed-tool/borrowed-tool.mjs
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceInFile } from 'replace-in-file'
import { changedSentences, inTemporaryBook, say } from '../support.mjs'

await inTemporaryBook({ chapters: 3 }, async (workspace) => {
  const session = await workspace.start('american-spelling')
  const files = await markdownFiles(session.fs, 'acts')

  const results = await replaceInFile({
    files,
    disableGlobs: true,
    from: [/\bgrey\b/g, /\bhonour/g, /\bcolour/g, /\bharbour/g],
    to: ['gray', 'honor', 'color', 'harbor'],
    countMatches: true,
    fs: session.fs,
  })
  const changed = results.filter(({ hasChanged }) => hasChanged)
  const places = changed.reduce((sum, { numReplacements }) => sum + numReplacements, 0)
  say(`replace-in-file read ${files.length} files and changed ${changed.length}, in ${places} places:`)
  for (const { filePath, patch } of (await session.diff()).slice(0, 3)) {
    say(filePath, ...changedSentences(patch).slice(0, 1))
  }

  const { file } = changed[0]
  const live = () => readFile(join(workspace.root, file), 'utf8')
  const mine = await session.fs.readFile(file, 'utf8')
  say(`The real ${file} is ${(await live()) === mine ? 'CHANGED' : 'as it was'}.`)
  const { files: committed } = await session.commit()
  say(
    `Committed ${committed.length} files; now the real one ${(await live()) === mine ? 'has' : 'LACKS'} the change.`,
  )
})

/** As one lists a folder with node:fs/promises. */
async function markdownFiles(fs, folder) {
  const names = await fs.readdir(folder, { recursive: true })
  return names
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`)
    .sort()
}
