import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { namesIn, rejects, wordsOf } from '../../hooks/prompts.js'
import { openWorkspace } from '../../lib/index.js'
import { type Book, makeBook } from './support/chat.js'

let book: Book
beforeEach(async () => {
  book = makeBook({ 'notes.md': 'real\n', 'gone.md': 'real\n', 'acts/a scene.md': 'real\n' })
  const workspace = await openWorkspace(book.root, { chat: book.chat })
  const session = await workspace.start('draft')
  await session.write('notes.md', 'in the session\n')
  await session.write('acts/a scene.md', 'in the session, too\n')
  await session.remove('gone.md')
  await workspace.close()
})
afterEach(() => book.remove())

const retries = () => book.within((_workspace, session) => session.retries())

describe('what a person types', () => {
  it('R1: /retry is recorded before the model can write anything, once, whatever else tells of it', async () => {
    const prompt = '/retry notes.md "Too dark, \\"by far\\""'
    const told = book.hears('UserPromptSubmit', { prompt })
    expect(told).toContain('recorded this retry already')
    expect(told).toContain('✅ HUMAN RETRY RECORDED')
    expect(told).toContain('Source: User command')
    const [command_name, command_args] = ['retry', prompt.slice(7)]
    expect(book.tell('UserPromptExpansion', { prompt, command_name, command_args })).toBeNull()
    const again = { prompt: '/again', command_name: 'mine:retry', command_args }
    expect(book.hears('UserPromptExpansion', again)).toContain('Retry Number: 1')
    expect(await retries()).toMatchObject([{ filePath: 'notes.md', reason: 'Too dark, "by far"', retry: 1 }])

    await book.within((_workspace, session) => session.write('notes.md', 'another\n'))
    expect(book.hears('UserPromptSubmit', { prompt })).toContain('Retry Number: 2')
    expect(book.hears('UserPromptSubmit', { prompt: '/retry absent.md why' })).toContain('File not found')
    expect(book.tell('UserPromptSubmit', { prompt: '/retry notes.md' })).toBeNull()
  })

  it('a rejection in plain words is pointed out, and nothing that nobody typed', async () => {
    const prompt = 'This is bad, rewrite scene 0101, too much dialogue'
    expect(book.hears('UserPromptSubmit', { prompt })).toContain('record_human_retry(')
    const notice = `<task-notification>\n${prompt}\n</task-notification>`
    expect(book.tell('UserPromptSubmit', { prompt: notice })).toBeNull()
    expect(book.tell('UserPromptSubmit', { prompt: 'Generate scene 0102' })).toBeNull()
    expect(await retries()).toEqual([])
  })

  it("C1: a mentioned file has the session's text", () => {
    const prompt =
      'See @notes.md, @"acts/a scene.md" and @gone.md; not @absent.md, me@notes.md or @/etc/hostname.'
    const told = book.hears('UserPromptSubmit', { prompt })
    expect(told).toContain('reads:\n\nin the session\n')
    expect(told).toContain('in the session, too')
    expect(told).toContain('gone.md is deleted in session draft')
    expect(told).not.toMatch(/absent|hostname/)
  })
})

it.each([
  ['This is bad, rewrite scene 0101, too much dialogue', true],
  ["Not good, darker doesn't work", true],
  ['Regenerate scene 0101 with less exposition', true],
  ['Character voice still off', true],
  ['no, the voice is off, again', true],
  ["I don't like the ending of this chapter", true],
  ['The pacing feels a bit flat', true],
  ['Character voice inconsistent', true],
  ['Generate scene 0102', false],
  ['What is in chapter 3?', false],
  ['Thanks, that reads well', false],
])('whether %j may reject a text: %j', (prompt, expected) => {
  expect(rejects(prompt)).toBe(expected)
})

it('a retry has its file first, and the rest is the reason', () => {
  expect(wordsOf('scene.md Too much exposition, "really"')).toEqual({
    file: 'scene.md',
    reason: 'Too much exposition, "really"',
  })
  expect(wordsOf(`'a scene.md' "why"`)).toEqual({ file: 'a scene.md', reason: 'why' })
  expect(wordsOf('@scene.md “why, now”')).toEqual({ file: 'scene.md', reason: 'why, now' })
  expect(wordsOf('')).toEqual({ file: '', reason: '' })
  expect(namesIn('(@a.md) @b.md#L5-10, @"c d.md" x@y.md @a.md!')).toEqual(['a.md', 'b.md', 'c d.md'])
})
