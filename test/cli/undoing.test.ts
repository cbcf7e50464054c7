/** What a person is told who undoes, rejects twice, names a folder, or asks about another session, on the real library. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { renderUndoCommit } from '../../lib/render/history.js'
import { commandFolder } from '../support/command-line.js'

const place = commandFolder({
  'acts/chapter-03/scene-0301.md': 'One.\n',
  'acts/chapter-03/scene-0302.md': 'Two.\n',
  'plan.md': 'A plan.\n',
})
const cowrite = place.run
const write = (file: string, content: string) => cowrite(['file', 'write', file, '--content', content])
const json = async (...words: string[]) => JSON.parse((await cowrite([...words, '--json'])).stdout)

beforeEach(async () => {
  await cowrite(['session', 'start', 'main'])
  await cowrite(['session', 'start', 'darker'])
})

describe('undo', () => {
  beforeEach(async () => {
    await write('plan.md', 'Another plan.\n')
    await write('new.md', 'New.\n')
    await write('open.md', 'Open.\n')
    await cowrite(['session', 'commit', '--files', 'plan.md,new.md', '--force'])
  })

  it('says of a commit in part that its open session does not hold the text, and how it comes back', async () => {
    const { stdout } = await cowrite(['session', 'undo'])
    expect(stdout).toContain(
      [
        '⚠️ Session darker is still open, and does not hold this text since it was committed (2):',
        '   • new.md',
        '   • plan.md',
        '   Its diff and its next commit go without it, until it is brought back.',
        '',
        '💡 Bring it back: cowrite session undo 0002',
      ].join('\n'),
    )
    const back = await cowrite(['session', 'undo', '0002'])
    expect(back.stdout).not.toContain('still open')
  })

  it('says so of those files alone that were not written there again, and in a chat as well', async () => {
    await write('plan.md', 'A third plan.\n')
    await cowrite(['session', 'commit', '--file', 'plan.md', '--force'])
    await write('plan.md', 'A fourth plan.\n')
    await cowrite(['session', 'undo', '0002'])
    const result = await json('session', 'undo', '0001')
    expect(result.gone_from_session).toEqual({ session: 'darker', files: ['new.md'] })
    expect(renderUndoCommit(result, 'chat')).toContain('   • new.md\n   Its diff')
  })

  it('says nothing of a session that has ended, or of another that bears its name', async () => {
    await cowrite(['session', 'commit', '--force'])
    await cowrite(['session', 'start', 'darker'])
    expect(await json('session', 'undo', '0001')).not.toHaveProperty('gone_from_session')
  })

  it('is offered for the newest commit that can be undone, and said to be just that', async () => {
    expect((await cowrite(['session', 'commits'])).stdout).toContain(
      '💡 Undo the newest: cowrite session undo 0001',
    )
    await cowrite(['session', 'undo'])
    await cowrite(['session', 'undo', '0002'])
    expect((await cowrite(['session', 'commits'])).stdout).toContain(
      '💡 Undo the newest commit that can be undone: cowrite session undo 0001',
    )
  })
})

describe('retry', () => {
  it('says of the same reason for the same text that it is recorded already', async () => {
    expect(await json('retry', 'plan.md', 'Dull')).not.toHaveProperty('already')
    expect((await cowrite(['retry', 'plan.md', 'Dull'])).stdout).toContain(
      '\n☑️ Kept before: the same text, rejected in the same words. Nothing was added\n',
    )
    expect(await json('retry', 'plan.md', 'Dull')).toMatchObject({ retry: 1, already: true })
    expect((await json('retries')).retries).toHaveLength(1)
    await write('plan.md', 'Another plan.\n')
    expect(await json('retry', 'plan.md', 'Dull')).not.toHaveProperty('already')
  })
})

describe('a folder where a file is meant', () => {
  it.each(['acts/chapter-03', 'chapter-03'])(
    'is told as that by retry %s, with its files',
    async (folder) => {
      const { stderr, status } = await cowrite(['retry', folder, 'Too dry'])
      expect(status).toBe(1)
      expect(stderr).toBe(
        [
          '❌ ERROR: acts/chapter-03 is a folder: name a file in it.',
          '',
          '📄 Files in it, the first ones:',
          '   • acts/chapter-03/scene-0301.md',
          '   • acts/chapter-03/scene-0302.md',
          '',
          '💡 Next steps:',
          "   - Reject one of them: cowrite retry acts/chapter-03/scene-0301.md 'Too dry'",
          '   - See what is in it: cowrite file ls acts/chapter-03',
          '',
          '🔖 Code: WRONG_KIND (mend your arguments)',
          '',
        ].join('\n'),
      )
      const step = ['retry', 'acts/chapter-03/scene-0301.md', 'Too dry']
      expect((await cowrite(step)).status).toBe(0)
    },
  )

  it('names a bounded number of them, and none where there is none', async () => {
    for (let number = 1; number <= 12; number++) await write(`many/deep/${number}.md`, 'Text.\n')
    const { error } = await json('retry', 'many', 'Too dry')
    expect(error).toMatchObject({ code: 'WRONG_KIND', data: { found: 'a folder' } })
    expect(error.data.candidates).toHaveLength(10)
    mkdirSync(join(place.folder, 'empty'))
    const { error: empty } = await json('retry', 'empty', 'Too dry')
    expect(empty.message).toBe('empty is a folder, and no file is in it.')
    expect(empty.next_steps).toEqual(['cowrite file ls empty'])
  })
})

describe('what is not found', () => {
  it('has a next step that can be taken though no session is active', async () => {
    await cowrite(['session', 'start', 'ending'])
    await cowrite(['session', 'cancel', 'ending'])
    expect((await cowrite(['file', 'ls'])).stderr).toContain('NO_ACTIVE_SESSION')
    const { error } = await json('session', 'diff', 'darker', '--file', 'acts/chapter-03')
    expect(error.next_steps).toEqual(['cowrite session status --session darker'])
    expect((await cowrite(['session', 'status', '--session', 'darker'])).status).toBe(0)
  })
})

describe('session status', () => {
  it('of a session that is not the active one says so, as the list does', async () => {
    const { stdout } = await cowrite(['session', 'status', '--session', 'main'])
    expect(stdout).toMatch(/^📂 SESSION: main\n\nStatus: INACTIVE\n/)
    const active = await cowrite(['session', 'status', '--session', 'darker'])
    expect(active.stdout).toMatch(/^📂 ACTIVE SESSION: darker\n\nStatus: ACTIVE\n/)
  })
})

describe('file write', () => {
  it('calls what was new in the session before new, and not created once more', async () => {
    await write('new.md', 'New.\n')
    expect((await write('new.md', 'Newer.\n')).stdout).toMatch(/^✍️ new.md: new in the session\n/)
  })
})
