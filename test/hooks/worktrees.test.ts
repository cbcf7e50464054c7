import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openWorkspace } from '../../lib/index.js'
import { type Book, makeBook } from './support/chat.js'

let book: Book
beforeEach(async () => {
  book = makeBook({ 'notes.md': 'real\n', 'gone.md': 'real\n' })
  const workspace = await openWorkspace(book.root)
  await workspace.initialize()
  await workspace.close()
})
afterEach(() => {
  book.tell('WorktreeRemove', { worktree_path: folder })
  book.remove()
})

let folder = ''

it('a chat that asks for a worktree has a session as a folder, and its tools are left alone in there', async () => {
  folder = book.says('WorktreeCreate', { name: 'my draft' })
  expect(readFileSync(join(folder, 'notes.md'), 'utf8')).toBe('real\n')
  const inside = { cwd: folder }
  expect(book.hears('SessionStart', { ...inside, source: 'startup' })).toMatch(
    /session my-draft\n.*work there/,
  )
  const ask = (tool_name: string, tool_input: object, at: object = inside) =>
    book.tell('PreToolUse', { ...at, tool_name, tool_input })?.hookSpecificOutput ?? null
  const own = { file_path: join(folder, 'notes.md') }
  for (const tool of ['Read', 'Write', 'Edit']) expect(ask(tool, own), tool).toBeNull()
  expect(ask('Bash', { command: 'rm gone.md' })).toBeNull()
  expect(ask('Grep', { pattern: 'real' })).toBeNull()
  writeFileSync(join(folder, 'notes.md'), 'in the folder\n')
  rmSync(join(folder, 'gone.md'))

  const real = { file_path: book.at('notes.md') }
  expect(ask('Read', real)?.updatedInput).toEqual(own)
  expect(ask('Write', { ...real, content: 'x' })?.updatedInput).toEqual({ ...own, content: 'x' })
  expect(ask('Edit', real)?.permissionDecisionReason).toContain(own.file_path)

  const outside = ask('Bash', { command: "echo 'a b' >> notes.md", run_in_background: true }, {})
  expect(outside?.updatedInput?.command).toContain(`${folder} 'echo '`)

  expect(book.tell('WorktreeRemove', { worktree_path: folder })).toBeNull()
  expect(existsSync(folder)).toBe(false)
  const { modified, deleted } = (await book.within((_workspace, session) => session.status())).changes
  expect([modified, deleted].map((list) => list.map(({ path }) => path))).toEqual([['notes.md'], ['gone.md']])
  expect(readFileSync(book.at('notes.md'), 'utf8')).toBe('real\n')
})

it('S2: it is the session of that name where there is one, and the one that the chat has where none was named', async () => {
  const workspace = await openWorkspace(book.root, { chat: book.chat })
  await (await workspace.start('draft')).write('notes.md', 'in the session\n')
  const other = await openWorkspace(book.root, { chat: 'another' })
  await other.start('other')
  await Promise.all([workspace.close(), other.close()])
  const enter = (tool_input: object) =>
    book.tell('PreToolUse', { tool_name: 'EnterWorktree', tool_input })?.hookSpecificOutput.updatedInput
  expect(enter({})).toEqual({ name: 'draft' })
  expect(enter({ name: 'another' })).toBeUndefined()
  folder = book.says('WorktreeCreate', { name: 'draft' })
  expect(readFileSync(join(folder, 'notes.md'), 'utf8')).toBe('in the session\n')
  expect(book.says('WorktreeCreate', { name: 'draft' })).toBe(folder)
})
