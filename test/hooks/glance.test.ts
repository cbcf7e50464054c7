/** What a hook sees of a session at a glance is what the session itself says, or nothing. */
import { linkSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openWorkspace, type Workspace } from '../../lib/index.js'
import { glance } from '../../lib/workspace/glance.js'
import type { SessionApi } from '../../lib/workspace-api.js'

let book: string
let workspace: Workspace
let session: SessionApi
beforeEach(async () => {
  book = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-glance-')))
  mkdirSync(join(book, 'acts'))
  for (const name of ['plan.md', 'notes.md', 'gone.md', 'moved.md', 'acts/one.md', 'back.md'])
    writeFileSync(join(book, name), 'real\n')
  workspace = await openWorkspace(book, { chat: 'one' })
  session = await workspace.start('draft')
})
afterEach(async () => {
  await workspace.close()
  rmSync(book, { recursive: true, force: true })
})

const copy = (path: string) => join(book, 'workspace/sessions/draft', path)
const see = (path: string) => glance(book, 'one', path)

describe('a glance', () => {
  it('C1: says of every path what the session says, or leaves it to the session', async () => {
    await session.write('notes.md', 'session')
    await session.write("new '1'.md", 'session')
    await session.remove('gone.md')
    await session.move('moved.md', 'new/place.md')
    await session.write('back.md', 'x')
    await session.remove('back.md')
    await session.write('back.md', 'again')
    await session.retry('plan.md', 'says "acts/one.md" and "path":"acts/one.md"')
    const seen: string[] = []
    for (const path of [
      ...['plan.md', 'notes.md', 'gone.md', 'moved.md', 'new/place.md', 'back.md', 'acts/one.md'],
      ...["new '1'.md", 'absent.md', 'acts', 'artifacts/a.md', 'session.json'],
    ]) {
      const found = see(path)
      if (found === null) continue
      seen.push(path)
      const { at, source } = await session.place(path, 'read')
      expect([path, found.source, source === null ? null : found.at]).toEqual([path, source ?? 'global', at])
    }
    expect(seen).toEqual(
      expect.arrayContaining(['plan.md', 'notes.md', 'back.md', 'acts/one.md', "new '1'.md"]),
    )
    expect(see('notes.md')).toMatchObject({ at: copy('notes.md'), isOwn: true, session: 'draft' })
    expect([see('gone.md'), see('moved.md'), see('new/place.md'), see('acts')]).toEqual([
      null,
      null,
      null,
      null,
    ])
  })

  it('leaves to the session what it does not know, what has another name, and what is a link', async () => {
    writeFileSync(copy('stray.md'), 'by hand')
    await session.write('notes.md', 'session')
    linkSync(copy('notes.md'), join(book, 'workspace/other name'))
    symlinkSync('plan.md', join(book, 'link.md'))
    expect(see('stray.md')).toBeNull()
    expect(see('link.md')).toBeNull()
    expect(see('notes.md')?.isOwn).toBe(false)
  })

  it('S2: is none for a chat that is bound to none, nor where something is under way or damaged', async () => {
    await session.write('notes.md', 'session')
    expect(glance(book, 'another', 'notes.md')).toBeNull()
    const disturb: [string, (at: string) => void][] = [
      ['workspace/journal/0007', (at) => mkdirSync(at)],
      ['workspace/views/draft', (at) => mkdirSync(at, { recursive: true })],
    ]
    for (const [path, make] of disturb) {
      make(join(book, path))
      expect(see('notes.md'), path).toBeNull()
      rmSync(join(book, path), { recursive: true })
      expect(see('notes.md'), path).not.toBeNull()
    }
    for (const [path, content] of [
      ['workspace/config.json', '{ "cowrite": 1, "read_only": ["notes.md"] }'],
      ['workspace/session.lock', '{ "version": 2 }'],
      ['workspace/sessions/draft/.cowrite/record', 'damaged'],
    ] as const) {
      writeFileSync(join(book, path), content)
      expect(see('notes.md'), path).toBeNull()
    }
  })

  it('S6: is none of a session that others began with, and of one that goes on from another', async () => {
    await session.write('notes.md', 'session')
    const fork = await workspace.start('fork', { from: 'draft' })
    expect(fork.name).toBe('fork')
    expect(see('notes.md')).toBeNull()
    await workspace.switch('draft')
    expect(see('notes.md')).toBeNull()
  })
})
