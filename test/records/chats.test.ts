import { appendFileSync, mkdtempSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Chats, forgetChats, linkChat, readLinks } from '../../lib/records/chats.js'
import { whole } from '../../lib/records/transcripts/spans.js'
import { totalsIn } from '../../lib/records/transcripts/totals.js'
import { createStateFolder } from '../../lib/store/config.js'
import { fileSystems } from '../support/file-systems.js'
import { claudeChat, lines } from './support/transcripts.js'

const draft = { name: 'draft', createdAt: '2026-01-16T09:00:00.000Z', endedAt: null }
const other = { name: 'other', createdAt: '2026-01-16T09:00:00.000Z', endedAt: null }
const byHook = { chat: 'c-1', client: 'claude-code', transcript: '/home/ann/chat.jsonl', byHand: false }

describe.each(fileSystems)('the chats of sessions on %s', (_name, open) => {
  it('are noted once for as long as they stay, and go from one session to another', () => {
    const { port, dispose } = open()
    try {
      const place = { port, layout: createStateFolder(port, 'workspace') }
      expect(linkChat(place, draft, byHook)).toBe(true)
      expect(linkChat(place, draft, byHook)).toBe(false)
      expect(linkChat(place, other, byHook)).toBe(true)
      expect(linkChat(place, draft, byHook)).toBe(true)
      expect(readLinks(place).map(({ session }) => session)).toEqual(['draft', 'other', 'draft'])

      const [first, second, third] = readLinks(place)
      const chats = new Chats(readLinks(place))
      expect(chats.of(draft)).toMatchObject([
        {
          ...{ path: byHook.transcript, chat: 'c-1', client: 'claude-code' },
          spans: [
            { from: null, to: second?.at, ended: null },
            { from: third?.at, to: null, ended: null },
          ],
        },
      ])
      expect(chats.of({ ...other, endedAt: 'then' })).toMatchObject([
        { spans: [{ from: second?.at, to: third?.at, ended: 'then' }] },
      ])
      expect(chats.of({ ...draft, createdAt: '2025-01-01T00:00:00.000Z' })).toEqual([])
      expect(first?.byHand).toBe(false)
    } finally {
      dispose()
    }
  })

  it("are a session's from their beginning where a person said so", () => {
    const { port, dispose } = open()
    try {
      const place = { port, layout: createStateFolder(port, 'workspace') }
      linkChat(place, other, byHook)
      expect(linkChat(place, draft, { ...byHook, byHand: true })).toBe(true)
      expect(linkChat(place, draft, { ...byHook, byHand: true })).toBe(false)
      const chats = new Chats(readLinks(place))
      expect(chats.of(draft)).toMatchObject([{ spans: [{ from: null, to: null, ended: null }] }])
      expect(chats.of(other)).toMatchObject([{ spans: [{ from: null, to: null }] }])
      forgetChats(place, ({ name }) => name === 'draft')
      expect(new Chats(readLinks(place)).of(draft)).toEqual([])
      expect(new Chats(readLinks(place)).of(other)).toHaveLength(1)
    } finally {
      dispose()
    }
  })

  it('are known past a line that was cut short', () => {
    const { port, dispose, fs, root } = open()
    try {
      const place = { port, layout: createStateFolder(port, 'workspace') }
      linkChat(place, draft, byHook)
      fs.appendFileSync(join(root, place.layout.chats), '\n0badc0de 400 {"at":"2026-')
      linkChat(place, other, byHook)
      expect(readLinks(place).map(({ session }) => session)).toEqual(['draft', 'other'])
    } finally {
      dispose()
    }
  })
})

describe.each(fileSystems)('what was counted in a transcript, kept on %s', (_name, open) => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cowrite-counted-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('holds while size and time are the same, and never when it is torn', async () => {
    const { port, fs, root, dispose } = open()
    try {
      const place = { port, layout: createStateFolder(port, 'workspace'), prices: {} }
      const path = join(folder, 'chat.jsonl')
      const write = (text: string) => {
        writeFileSync(path, text)
        utimesSync(path, 1_700_000_000, 1_700_000_000)
      }
      write(claudeChat.text)
      const first = await totalsIn(place, path, whole)
      expect(first).toMatchObject({ messages: 5 })
      write(claudeChat.text.replaceAll('"type":"user"', '"type":"xxxx"'))
      expect(await totalsIn(place, path, whole)).toEqual(first)

      const [own = ''] = fs.readdirSync(join(root, 'workspace/log/transcripts'))
      const kept = join(root, 'workspace/log/transcripts', own)
      fs.writeFileSync(kept, fs.readFileSync(kept).subarray(0, -5))
      expect(await totalsIn(place, path, whole)).toMatchObject({ messages: 3 })
      appendFileSync(path, lines({ type: 'user', uuid: 'z', sessionId: 'c', message: { content: 'More.' } }))
      expect(await totalsIn(place, path, whole)).toMatchObject({ messages: 4 })
      truncateSync(path, 0)
      expect(await totalsIn(place, path, whole)).toMatchObject({ messages: 0 })
    } finally {
      dispose()
    }
  })

  it('is reckoned anew where the prices change, and outlives the transcript', async () => {
    const at = open()
    try {
      const place = { port: at.port, layout: createStateFolder(at.port, 'workspace'), prices: {} }
      const path = join(folder, 'gone.jsonl')
      writeFileSync(path, claudeChat.text.replaceAll('claude-haiku-4-5', 'whale-1'))
      expect(await totalsIn(place, path, whole)).toMatchObject({ costUsd: null })
      const listed = { ...place, prices: { 'whale-1': { input: 0, output: 0, cached: 0 } } }
      const known = await totalsIn(listed, path, whole)
      expect(known?.costUsd).toBeGreaterThan(0)
      rmSync(path)
      expect(await totalsIn(listed, path, whole)).toEqual(known)
      expect(await totalsIn(place, join(folder, 'never-was'), whole)).toBeNull()
    } finally {
      at.dispose()
    }
  })
})
