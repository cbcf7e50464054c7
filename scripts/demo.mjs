/**
 * A novel goes through a session: the real MCP server, driven by a real MCP client over stdio, on Moby-Dick laid out
 * as a writer's workspace. Ends with a check of every file, and leaves the workspace for a look by hand.
 *
 *   node scripts/demo.mjs [--folder DIR]     DIR is made where it is missing, and must be empty
 */
import { mkdtempSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { layOutBook } from '../examples/book/layout.mjs'
import { openChat } from './demo/chat.mjs'
import { ExpectedBook } from './demo/expected-book.mjs'
import { makeScreen } from './demo/screen.mjs'
import { playStory } from './demo/story.mjs'
import { root } from './freshness.mjs'

const screen = makeScreen(process.stdout, process.env)
const program = join(root, 'dist', 'cli', 'main.js')

try {
  await demo(parseArgs({ options: { folder: { type: 'string' } } }).values)
} catch (error) {
  console.error(`\nThe demo stopped: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}

async function demo({ folder: wanted }) {
  const began = performance.now()
  const named = wanted === undefined ? mkdtempSync(join(tmpdir(), 'cowrite-demo-')) : resolve(wanted)
  const { acts, chapters, scenes, files } = layOutBook(named)
  const folder = realpathSync(named)
  const book = ExpectedBook.asLaidOut(folder, files)
  screen.print(`Moby-Dick, as a writer keeps it: ${acts} acts, ${chapters} chapters, ${scenes} scenes, in`)
  screen.print(`  ${folder}`)
  screen.print()
  screen.print('Lines with › are typed by a person; the answers are those of the MCP server `cowrite mcp`.')

  const chat = await openChat({ program, folder, screen })
  try {
    const expected = await playStory({ chat, folder, screen, book })
    const compared = expected.compareWith(folder)
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    screen.part('Done')
    screen.checked(`All ${compared} files of the book are byte for byte what they should be (${seconds} s)`)
  } finally {
    await chat.close()
  }
  invite(folder)
}

function invite(folder) {
  const command = ['node', program].map(quoted).join(' ')
  screen.print('The workspace is left for you. To go on by hand:')
  screen.print()
  screen.print(`  cd ${quoted(folder)}`)
  screen.print(`  ${command} session commits`)
  screen.print(`  ${command} session start my-own-draft`)
}

function quoted(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
