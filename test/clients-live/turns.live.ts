/** Whole turns in real clients, after `cowrite init`, and inside `cowrite run`. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Book, program as cowrite, makeBook, notebook } from './support/book.js'
import { installed, liveClients } from './support/clients.js'
import { note } from './support/findings.js'
import {
  ask,
  edit,
  expectAnswer,
  inWords,
  isHeardOf,
  open,
  type Step,
  stepOf,
  type Tour,
  takeBack,
  whereIs,
  write,
} from './support/tour.js'

/** Those whose own tools are led to the session. */
const guarded = ['claude-code', 'gemini', 'opencode']

const captain = 'context/captain.md'
const scene = 'acts/act-1/scene-0101.md'
const shellWork =
  'sed -i s/sings/hums/ context/mate.md && rm context/cook.md && mv acts/act-1/scene-0102.md acts/act-1/scene-0103.md'

/** The real files, once all of the turns are committed. */
const committed = {
  [scene]: 'The sea was black.\nThe captain slept.\n',
  'acts/act-1/scene-0103.md': 'Nobody spoke.\n',
  [captain]: 'He crawls.\n',
  'context/mate.md': 'She hums.\n',
  'notes/new.md': 'Newer.\n',
}

describe.each(liveClients)('$title', (client) => {
  const found = installed(client)
  const program = 'program' in found ? found.program : ''
  const isMissing = 'missing' in found
  note(
    isMissing
      ? { client: client.name, missing: found.missing }
      : { client: client.name, version: found.version },
  )
  const tell = (row: string, cell: string) => note({ client: client.name, row, cell })

  let book: Book
  beforeEach(() => {
    book = makeBook()
    client.furnish(book)
    book.cowrite('init', '--client', client.name, '--yes')
  })
  afterEach(() => book.remove())

  it.skipIf(isMissing)('a session from start to commit, after cowrite init', async () => {
    const before = book.everything()
    const typed = (skill: 'session' | 'retry', rest: string, again = true) =>
      open(client, program, book, client.typed(skill, rest), { again })

    const tour = await typed('session', 'start draft "A darker tone"', false)
    expect(tour.first.text).toMatch(client.knows.session)
    tell('start', `✅ \`${client.typed('session', 'start draft')}\``)
    expectAnswer(
      await ask(tour, 'create_session', { name: 'draft', description: 'A darker tone' }),
      '✅ SESSION CREATED: draft\n\n📝 Description: A darker tone\n\n📂 Session Path:\n   workspace/sessions/draft/\n',
      '🚀 Ready to work in session!',
    )
    tell('answers', '✅ word for word')
    await workOn(tour, before, tell)
    await tour.chat.end()
    expect(book.everything()).toEqual(before)

    const retrying = await typed('retry', `scene-0101.md "Too much exposition"`)
    expect(retrying.first.text).toMatch(client.knows.retry)
    tell('retry', `✅ \`${client.typed('retry', 'scene-0101.md …')}\``)
    const rejected = { file_path: 'scene-0101.md', reason: 'Too much exposition' }
    expectAnswer(
      await ask(retrying, 'record_human_retry', rejected),
      '✅ HUMAN RETRY RECORDED\n\n📁 File: acts/act-1/scene-0101.md\n🔢 Retry Number: 1\n📝 Reason: Too much exposition',
    )
    await retrying.chat.end()

    const committing = await typed('session', 'commit')
    const preview = await ask(committing, 'commit_session')
    expectAnswer(
      preview,
      '⚠️ COMMIT SESSION: draft',
      '📊 Changes to be committed:',
      `• ${captain}`,
      '• notes/new.md',
    )
    expect(book.everything()).toEqual(before)
    const [, digest] = /🔖 Digest: (\w+)/.exec(preview) ?? []
    expectAnswer(
      await ask(committing, 'commit_session', { force: true, expect: digest }),
      '✅ SESSION COMMITTED',
    )
    await committing.chat.end()
    const { 'counts.ipynb': counts, ...texts } = book.everything()
    expect(texts).toEqual(committed)
    const { source } = JSON.parse(counts ?? '').cells[0]
    expect([source].flat()).toEqual([client.name === 'claude-code' ? 'print(2)' : 'print(1)'])
    tell('commit', '✅ all of it, and only then')
  })

  it.skipIf(isMissing || process.platform !== 'linux')(
    'all of its own tools, inside cowrite run',
    async () => {
      const before = book.everything()
      book.cowrite('session', 'start', 'draft')
      const inside = [process.execPath, cowrite, 'run', '--session', 'draft', '--']
      const tour = await open(client, program, book, client.typed('session', 'status'), { inside })
      expectAnswer(await ask(tour, 'get_active_session'), '📂 ACTIVE SESSION: draft')
      const steps = [
        await write(tour, captain, 'He runs.\n'),
        await edit(tour, captain, 'runs', 'crawls'),
        await write(tour, 'notes/new.md', 'New.\n'),
        await edit(tour, 'notes/new.md', 'New', 'Newer'),
        await edit(tour, scene, 'grey', 'black'),
      ]
      expect(steps).toEqual(steps.map((step) => ({ ...step, landed: 'session', byCopy: false })))
      await tour.chat.call(...client.shell(shellWork))
      expect(shellSteps(book)).toEqual(['session', 'session', 'session', 'session'])
      expect(book.everything()).toEqual(before)
      await tour.chat.end()
      expect(book.cowrite('session', 'commit', '--force')).toContain('✅ SESSION COMMITTED')
      expect(book.everything()).toEqual({ ...committed, 'counts.ipynb': notebook })
      tell('view', '✅ all in the session')
    },
  )
})

/** Each of the client's own tools in turn; what did not get into the session that way gets there by cowrite's. */
async function workOn(tour: Tour, before: Record<string, string>, tell: (row: string, cell: string) => void) {
  const { book, client, chat } = tour
  const isGuarded = guarded.includes(client.name)
  const settle = async (row: string, step: Step, tool: string, input: { file_path: string }) => {
    if (isGuarded) expect(step.landed, row).toBe('session')
    const heard = step.landed === 'real' && (await isHeardOf(tour, input.file_path))
    tell(row, inWords({ ...step, heard }))
    if (step.landed === 'session') return
    expect(heard || step.landed === 'nowhere', `${row} is told of`).toBe(true)
    takeBack(book, before)
    await ask(tour, tool, input)
  }

  const first = { file_path: captain, content: 'He runs.\n' }
  await settle('write', await write(tour, captain, 'He runs.\n'), 'write_session_file', first)
  const { results } = await chat.call(...(client.read(book.at(captain)) ?? client.shell(`cat ${captain}`)))
  tell('read', results.includes('He runs.') ? "✅ the session's text" : '⚠️ the real text')
  if (isGuarded) expect(results).toContain('He runs.')

  const change = (file_path: string, old_string: string, new_string: string) => ({
    file_path,
    old_string,
    new_string,
  })
  await settle(
    'edit-differing',
    await edit(tour, captain, 'runs', 'crawls'),
    'edit_session_file',
    change(captain, 'runs', 'crawls'),
  )
  const fresh = { file_path: 'notes/new.md', content: 'New.\n' }
  await settle('write-new', await write(tour, 'notes/new.md', 'New.\n'), 'write_session_file', fresh)
  await settle(
    'edit-new',
    await edit(tour, 'notes/new.md', 'New', 'Newer'),
    'edit_session_file',
    change('notes/new.md', 'New', 'Newer'),
  )
  await settle(
    'edit',
    await edit(tour, scene, 'grey', 'black'),
    'edit_session_file',
    change(scene, 'grey', 'black'),
  )
  if (client.name === 'claude-code') tell('notebook', inWords(await editNotebook(tour)))
  else tell('notebook', '– has no such tool')
  await workInShell(tour, before, tell, isGuarded)
}

/** Claude Code wants it to be read before, and looks at the real one. */
async function editNotebook(tour: Tour): Promise<Step> {
  const { book, chat, session } = tour
  const seen: string[] = []
  for (const [at, path] of [
    book.at('counts.ipynb'),
    book.at(`workspace/sessions/${session}/counts.ipynb`),
  ].entries()) {
    await chat.call('Read', { file_path: path })
    const cell = { notebook_path: path, cell_id: 'a', new_source: 'print(2)' }
    seen.push((await chat.call('NotebookEdit', cell)).text)
    const text = book.inSession('counts.ipynb') ?? ''
    if (text.includes('print(2)')) return stepOf(tour, 'counts.ipynb', text, seen, at > 0)
  }
  return stepOf(tour, 'counts.ipynb', '', seen, false)
}

function shellSteps(book: Book) {
  return [
    whereIs(book, 'context/mate.md', 'She hums.\n'),
    whereIs(book, 'context/cook.md', null),
    whereIs(book, 'acts/act-1/scene-0102.md', null),
    whereIs(book, 'acts/act-1/scene-0103.md', 'Nobody spoke.\n'),
  ]
}

async function workInShell(
  tour: Tour,
  before: Record<string, string>,
  tell: (row: string, cell: string) => void,
  isGuarded: boolean,
) {
  const { book, client, chat, session } = tour
  const { text } = await chat.call(...client.shell(shellWork))
  const [landed = 'nowhere', ...others] = new Set(shellSteps(book))
  expect(others, 'all of a command goes one way').toEqual([])
  if (isGuarded) expect(landed).toBe('session')
  const heard = landed === 'real' && (await isHeardOf(tour, 'context/mate.md'))
  tell('shell', inWords({ landed, told: text.includes(`session ${session}`), heard, byCopy: false }))
  if (landed === 'session') return
  expect(heard, 'what a command did is told of').toBe(true)
  takeBack(book, before)
  await ask(tour, 'edit_session_file', {
    file_path: 'context/mate.md',
    old_string: 'sings',
    new_string: 'hums',
  })
  await ask(tour, 'delete_session_file', { file_path: 'context/cook.md' })
  const move = { source: 'acts/act-1/scene-0102.md', destination: 'acts/act-1/scene-0103.md' }
  await ask(tour, 'move_session_file', move)
}
