import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DoctorReport, Finding } from '../../lib/doctor-api.js'
import { thisProcess } from '../../lib/port/host.js'
import { encodeLine } from '../../lib/store/append-log.js'
import { layoutOf } from '../../lib/store/layout.js'
import { Workspace } from '../../lib/workspace.js'
import { faultyPort, interceptedPort } from '../support/faulty-port.js'
import { type FileSystem, fileSystems, type OpenFileSystem } from '../support/file-systems.js'
import { copyWorkspace, readTree } from '../support/trees.js'
import { killAt } from './support/children.js'
import { book, lowerOf, type Place, placeOn, places, plan, scene } from './support/places.js'

const draft = 'workspace/sessions/draft'
const other = 'workspace/sessions/other'
const nobody = { host: '', boot: null, pid: 0, start: null }
const hourAgo = new Date(Date.now() - 3_600_000)
const unguardedTemporaries = [
  'workspace/handoffs/draft.md.00000000-2.tmp',
  'workspace/log/transcripts/one.00000000-3.tmp',
  'workspace/log/chats.jsonl.00000000-4.tmp',
]

/** Two sessions, one of them with changes and a retry, and two commits before them. */
async function prepare(place: Place): Promise<void> {
  const workspace = await place.open()
  const first = await workspace.start('first')
  await first.write('notes.txt', 'remember the oil\n')
  await first.retry('notes.txt', 'Which lamp?')
  await first.commit()
  const second = await workspace.start('second')
  await second.write(scene, 'It was bright.\n')
  await second.commit()
  const unchanged = await workspace.start('other')
  await unchanged.write('other.md', 'of the other\n')
  const session = await workspace.start('draft')
  await session.write(plan, 'another plan\n')
  await session.write('created.md', 'created\n')
  await session.remove('notes.txt')
  await session.retry(plan, 'Too short')
  await session.status()
  await workspace.close()
  await (await place.open()).close()
}

/** Call inside a `describe`: copies of a prepared workspace, which go after each test. */
function preparedPlaces(open: OpenFileSystem): () => Place {
  const make = places(open)
  let template: FileSystem
  beforeAll(async () => {
    template = open()
    const place = placeOn(template)
    for (const [path, content] of Object.entries(book)) place.put(path, content)
    await prepare(place)
  })
  afterAll(() => template.dispose())
  return () => {
    const place = make({})
    copyWorkspace(template, place)
    return place
  }
}

async function doctor(place: Place, fix = false): Promise<DoctorReport> {
  const workspace = await place.open({ recover: false })
  const report = await workspace.doctor({ fix })
  await workspace.close()
  return report
}

const kindsOf = ({ findings }: DoctorReport): string[] => findings.map(({ kind }) => kind)
const leftOf = ({ findings }: DoctorReport): Finding[] => findings.filter(({ fixed }) => !fixed)

interface Case {
  arrange(place: Place): void
  /** All kinds that are found, sorted. */
  finds: string[]
  where: string
  /** What the check leaves to a recovery or to a person. */
  leaves?: 'recover' | 'hand'
  /** What is to be seen once it is mended. */
  seen?(place: Place): void
}

/** What a person has, but for what was staged beside it. */
function liveFiles(place: Place): [path: string, what: string][] {
  const isLive = ([path]: [string, string]) => !path.includes('.cowrite-')
  return Object.entries(readTree(place.fs, place.root)).filter(isLive)
}

const unlink = (place: Place, path: string) => place.fs.unlinkSync(`${place.root}/${path}`)
const remove = (place: Place, path: string) => place.fs.rmSync(`${place.root}/${path}`, { recursive: true })
const rename = (place: Place, from: string, to: string) =>
  place.fs.renameSync(`${place.root}/${from}`, `${place.root}/${to}`)
const onlyIn = (place: Place, folder: string): string => {
  const [name = ''] = place.names(folder)
  return `${folder}/${name}`
}
const created = {
  path: '',
  kind: 'file',
  base: null,
  kept: null,
  firstWriteAt: '2026-01-16T09:15:23.000Z',
}
const appendTo = (place: Place, line: object) =>
  place.fs.appendFileSync(`${place.root}/${draft}/.cowrite/record`, encodeLine(line))
const changeLock = (place: Place, change: object) =>
  place.put(
    'workspace/session.lock',
    JSON.stringify({ ...(place.json('workspace/session.lock') as object), ...change }),
  )

const cases: Record<string, Case> = {
  'a state folder in the making': {
    arrange: (place) => place.put('.cowrite-new-abandoned/config.json', ''),
    finds: ['workspace_unfinished'],
    where: '.cowrite-new-abandoned',
    seen: (place) => expect(place.has('.cowrite-new-abandoned')).toBe(false),
  },
  'a session in the making': {
    arrange: (place) => place.put('workspace/sessions/.new-1/session.json', ''),
    finds: ['session_unfinished'],
    where: 'workspace/sessions/.new-1',
    seen: (place) => expect(place.names('workspace/sessions')).toEqual(['draft', 'other']),
  },
  'a folder that is gone': {
    arrange: (place) => remove(place, 'workspace/journal'),
    finds: ['folder_missing'],
    where: 'workspace/journal',
    seen: (place) => expect(place.names('workspace/journal')).toEqual([]),
  },
  'a transaction without an intent': {
    arrange: (place) =>
      place.put(
        'workspace/journal/0007/owner.json',
        JSON.stringify({ kind: 'commit', session: 'draft', process: nobody }),
      ),
    finds: ['transaction_abandoned'],
    where: 'workspace/journal/0007',
    seen: (place) => expect(place.names('workspace/journal')).toEqual(['0007.withdrawn']),
  },
  'a transaction whose list of staged files was cut short': {
    arrange: (place) => place.put('workspace/journal/0007/foreign.json', '["acts/'),
    finds: ['transaction_abandoned'],
    where: 'workspace/journal/0007',
  },
  'what is left of withdrawn transactions': {
    arrange(place) {
      place.put('workspace/journal/0007.withdrawn/new/0', 'staged')
      place.put('workspace/journal/0006.withdrawn/new/0', 'staged')
    },
    finds: ['journal_leftover', 'journal_leftover'],
    where: 'workspace/journal/0006.withdrawn',
    seen: (place) => expect(place.names('workspace/journal/0007.withdrawn')).toEqual([]),
  },
  'files staged beside their targets, of a transaction that is there': {
    arrange(place) {
      place.put('workspace/journal/0007/foreign.json', '["acts/.cowrite-0007-0.tmp"]')
      place.put('acts/.cowrite-0007-0.tmp', 'staged')
    },
    finds: ['staged_leftover', 'transaction_abandoned'],
    where: 'acts/.cowrite-0007-0.tmp',
    seen: (place) => expect(place.has('acts/.cowrite-0007-0.tmp')).toBe(false),
  },
  'a file staged beside its target, of no transaction': {
    arrange: (place) => place.put('acts/.cowrite-0099-0.tmp', 'whose?'),
    finds: ['staged_leftover'],
    where: 'acts/.cowrite-0099-0.tmp',
    leaves: 'hand',
  },
  'a session that did not end whole': {
    arrange(place) {
      rename(place, draft, 'workspace/trash/session-draft-00000000-1')
      place.put(
        'workspace/trash/session-draft-00000000-1/.cowrite/closing.json',
        JSON.stringify({ session: 'draft', archive: 'draft' }),
      )
    },
    finds: ['active_missing', 'closing_unfinished'],
    where: 'workspace/trash/session-draft-00000000-1',
    seen: (place) =>
      expect(place.read('workspace/retries-archive/draft/plan.md-retry-1.md.reason.txt')).toBe('Too short\n'),
  },
  'what was thrown away': {
    arrange: (place) => place.put('workspace/trash/history-0000-1/old/0', 'thrown away'),
    finds: ['trash_unswept'],
    where: 'workspace/trash',
    seen: (place) => expect(place.names('workspace/trash')).toEqual([]),
  },
  'a seal without an owner': {
    arrange: (place) => rename(place, `${draft}/.cowrite/record`, `${draft}/.cowrite/record.sealed`),
    finds: ['session_sealed'],
    where: draft,
    seen: (place) => expect(place.has(`${draft}/.cowrite/record`)).toBe(true),
  },
  'a damaged record': {
    arrange: (place) => place.put(`${draft}/.cowrite/record`, Buffer.alloc(200)),
    finds: ['record_damaged'],
    where: `${draft}/.cowrite/record`,
    leaves: 'recover',
  },
  'no record': {
    arrange: (place) => unlink(place, `${draft}/.cowrite/record`),
    finds: ['record_damaged'],
    where: `${draft}/.cowrite/record`,
    leaves: 'recover',
  },
  'a damaged record beside a damaged session.json': {
    arrange(place) {
      place.put(`${draft}/.cowrite/record`, Buffer.alloc(200))
      place.put(`${draft}/session.json`, '{')
    },
    finds: ['metadata_damaged', 'record_damaged'],
    where: `${draft}/session.json`,
    leaves: 'recover',
  },
  'no session.json': {
    arrange: (place) => unlink(place, `${draft}/session.json`),
    finds: ['metadata_damaged'],
    where: `${draft}/session.json`,
    seen: (place) => expect(place.json(`${draft}/session.json`)).toMatchObject({ name: 'draft' }),
  },
  'a session.json that is not JSON': {
    arrange: (place) => place.put(`${draft}/session.json`, '{"name":'),
    finds: ['metadata_damaged'],
    where: `${draft}/session.json`,
    seen: (place) => expect(place.json(`${draft}/session.json`)).toMatchObject({ name: 'draft' }),
  },
  'a session.json that lags behind the record': {
    arrange: (place) =>
      place.put(
        `${draft}/session.json`,
        JSON.stringify({ version: 1, name: 'draft', cow_files: [], human_retries: [] }),
      ),
    finds: ['metadata_stale'],
    where: `${draft}/session.json`,
    seen: (place) => expect(place.read(`${draft}/session.json`)).toContain('created.md'),
  },
  'the note of a dead process': {
    arrange: (place) =>
      place.put(`${draft}/.cowrite/holders/00000000-1`, JSON.stringify({ kind: 'test', process: nobody })),
    finds: ['holder_dead'],
    where: `${draft}/.cowrite/holders/00000000-1`,
    seen: (place) => expect(place.names(`${draft}/.cowrite/holders`)).toEqual([]),
  },
  'the note of a process that died with a lock': {
    arrange: (place) =>
      place.put('workspace/log/locks/holders/00000000-1', JSON.stringify({ kind: 'test', process: nobody })),
    finds: ['holder_dead'],
    where: 'workspace/log/locks/holders/00000000-1',
    seen: (place) => expect(place.names('workspace/log/locks/holders')).toEqual([]),
  },
  'what a dead process was building': {
    arrange(place) {
      place.put(`${draft}/.cowrite/tmp/00000000-1`, 'half a')
      place.put(`${draft}/.cowrite/closing.json.00000000-2.tmp`, '')
      place.put(`${draft}/human-retries/retries.json`, '{}')
      place.put('workspace/index.00000000-3.tmp', '')
      place.put('workspace/log/locks/00000000-4.session.tmp', '')
      place.put('workspace/retries-archive/first/retries.json.00000000-5.tmp', '')
    },
    finds: Array<string>(6).fill('temporary_leftover'),
    where: `${draft}/.cowrite/tmp/00000000-1`,
    seen: (place) => expect(place.names(`${draft}/human-retries`)).not.toContain('retries.json'),
  },
  'what a process was building that died while it made a list, a handoff or a total': {
    arrange(place) {
      place.put(`${draft}/.cowrite/tmp/00000000-1`, '{}') // listed.json, before it was renamed.
      for (const path of unguardedTemporaries) {
        place.put(path, 'half a page')
        place.fs.utimesSync(`${place.root}/${path}`, hourAgo, hourAgo)
      }
    },
    finds: Array<string>(4).fill('temporary_leftover'),
    where: `${draft}/.cowrite/tmp/00000000-1`,
    seen: (place) => expect(unguardedTemporaries.filter((path) => place.has(path))).toEqual([]),
  },
  'a checkpoint of which nothing tells': {
    arrange: (place) => place.put(`${draft}/.cowrite/checkpoints/early/checkpoint.json`, '{ "label": "ear'),
    finds: ['checkpoint_damaged'],
    where: `${draft}/.cowrite/checkpoints/early`,
    seen: (place) => expect(place.names(`${draft}/.cowrite/checkpoints`)).toEqual([]),
  },
  'a checkpoint whose record is gone, and what it holds is not': {
    arrange(place) {
      const note = { label: 'early', createdAt: hourAgo.toISOString(), changes: {}, layers: [] }
      place.put(`${draft}/.cowrite/checkpoints/early/checkpoint.json`, JSON.stringify(note))
      place.put(`${draft}/.cowrite/checkpoints/early/plan.md`, 'an early plan\n')
    },
    finds: ['checkpoint_damaged'],
    where: `${draft}/.cowrite/checkpoints/early`,
    seen(place) {
      const [aside] = place.names(`${draft}/.cowrite/damaged`)
      expect(place.read(`${draft}/.cowrite/damaged/${aside}/plan.md`)).toBe('an early plan\n')
    },
  },
  'a layer that nothing reads through': {
    arrange: (place) => place.put(`${draft}/.cowrite/layers/of-nobody/plan.md`, 'an old plan\n'),
    finds: ['layer_unused'],
    where: `${draft}/.cowrite/layers/of-nobody`,
    seen(place) {
      expect(place.names(`${draft}/.cowrite/layers`)).toEqual([])
      const [aside] = place.names(`${draft}/.cowrite/damaged`)
      expect(place.read(`${draft}/.cowrite/damaged/${aside}/plan.md`)).toBe('an old plan\n')
    },
  },
  'a write that was recorded, and is not in its place': {
    arrange(place) {
      appendTo(place, {
        set: [{ ...created, path: 'late.md', pending: '00000000-1' }],
        at: created.firstWriteAt,
      })
      place.put(`${draft}/.cowrite/tmp/00000000-1`, 'late\n')
    },
    finds: ['index_stale', 'metadata_stale', 'write_pending'],
    where: `${draft}/.cowrite/tmp/00000000-1`,
    seen: (place) => expect(place.read(`${draft}/late.md`)).toBe('late\n'),
  },
  'a copy that a deletion did not come to take away': {
    arrange(place) {
      place.put(`${draft}/gone.md`, 'given up\n')
      appendTo(place, { drop: ['gone.md'], at: new Date(Date.now() + 60_000).toISOString() })
    },
    finds: ['copy_leftover', 'metadata_stale'],
    where: `${draft}/gone.md`,
    seen(place) {
      expect(place.has(`${draft}/gone.md`)).toBe(false)
      const [aside] = place.names(`${draft}/.cowrite/damaged`)
      expect(place.read(`${draft}/.cowrite/damaged/${aside}`)).toBe('given up\n')
    },
  },
  'a copy that is missing': {
    arrange: (place) => unlink(place, `${draft}/created.md`),
    finds: ['copy_missing'],
    where: `${draft}/created.md`,
    leaves: 'recover',
  },
  'a copy of another kind': {
    arrange(place) {
      unlink(place, `${draft}/created.md`)
      place.fs.mkdirSync(`${place.root}/${draft}/created.md`)
    },
    finds: ['copy_mismatched'],
    where: `${draft}/created.md`,
    leaves: 'hand',
  },
  'a file that a hand put there': {
    arrange: (place) => place.put(`${draft}/acts/by-hand.md`, 'by hand\n'),
    finds: ['copy_unrecorded'],
    where: `${draft}/acts/by-hand.md`,
    seen: (place) => expect(place.read(`${draft}/session.json`)).toContain('acts/by-hand.md'),
  },
  'a base that is gone': {
    arrange: (place) => unlink(place, onlyIn(place, `${draft}/.cowrite/bases`)),
    finds: ['base_missing'],
    where: `${draft}/.cowrite/bases/`,
    leaves: 'hand',
  },
  'a base that is not what it was': {
    arrange: (place) => place.put(onlyIn(place, `${draft}/.cowrite/bases`), 'something else'),
    finds: ['base_damaged'],
    where: `${draft}/.cowrite/bases/`,
    leaves: 'hand',
  },
  'a base of no change': {
    arrange: (place) => place.put(`${draft}/.cowrite/bases/00000000-1`, 'of no change'),
    finds: ['base_unused'],
    where: `${draft}/.cowrite/bases/00000000-1`,
    seen: (place) => expect(place.names(`${draft}/.cowrite/bases`)).toHaveLength(1),
  },
  'a rejected version that is gone': {
    arrange: (place) => unlink(place, `${draft}/human-retries/plan.md-retry-1.md`),
    finds: ['retry_missing'],
    where: `${draft}/human-retries/plan.md-retry-1.md`,
    leaves: 'recover',
  },
  'a reason that is gone': {
    arrange: (place) => unlink(place, `${draft}/human-retries/plan.md-retry-1.md.reason.txt`),
    finds: ['reason_missing'],
    where: `${draft}/human-retries/plan.md-retry-1.md.reason.txt`,
    seen: (place) =>
      expect(place.read(`${draft}/human-retries/plan.md-retry-1.md.reason.txt`)).toBe('Too short\n'),
  },
  'a retry that was not recorded': {
    arrange(place) {
      place.put(`${draft}/human-retries/scene-0101.md-retry-1.md`, 'a version\n')
      place.put(`${draft}/human-retries/scene-0101.md-retry-1.md.reason.txt`, 'a reason\n')
    },
    finds: ['retry_unrecorded', 'retry_unrecorded'],
    where: `${draft}/human-retries/scene-0101.md-retry-1.md`,
    seen: (place) =>
      expect(place.read('workspace/retries-archive/draft-set-aside/scene-0101.md-retry-1.md')).toBe(
        'a version\n',
      ),
  },
  'a session.lock that cannot be read': {
    arrange: (place) => place.put('workspace/session.lock', '{'),
    finds: ['session_lock_damaged'],
    where: 'workspace/session.lock',
    seen: (place) => expect(place.json('workspace/session.lock')).toMatchObject({ active: null }),
  },
  'an active session that is gone': {
    arrange: (place) => changeLock(place, { active: 'gone' }),
    finds: ['active_missing'],
    where: 'workspace/session.lock',
    seen: (place) => expect(place.json('workspace/session.lock')).toMatchObject({ active: null }),
  },
  'bindings that are over': {
    arrange: (place) =>
      changeLock(place, {
        bindings: [
          { chat: 'a', session: 'gone', since: '', process: null },
          { chat: 'b', session: 'draft', since: '', process: { ...thisProcess(), boot: 'another' } },
          { chat: 'c', session: 'draft', since: '', process: null },
        ],
      }),
    finds: ['binding_stale'],
    where: 'workspace/session.lock',
    seen: (place) =>
      expect(place.json('workspace/session.lock')).toMatchObject({
        active: 'draft',
        bindings: [{ chat: 'c' }],
      }),
  },
  'locks that nobody holds': {
    arrange(place) {
      for (const name of ['commit', 'session']) {
        const lock = `${place.root}/workspace/log/locks/${name}.lock`
        place.fs.mkdirSync(lock, { recursive: true })
        place.fs.utimesSync(lock, hourAgo, hourAgo)
      }
    },
    finds: ['lock_stale', 'lock_stale'],
    where: 'workspace/log/locks/commit.lock',
    seen: (place) => expect(place.has('workspace/log/locks/commit.lock')).toBe(false),
  },
  'no index': {
    arrange: (place) => unlink(place, 'workspace/index'),
    finds: ['index_stale'],
    where: 'workspace/index',
    seen: (place) => expect(place.read('workspace/index')).toContain('created.md'),
  },
  'an index that names too little': {
    arrange: (place) => place.put('workspace/index', ''),
    finds: ['index_stale'],
    where: 'workspace/index',
    seen: (place) => expect(place.read('workspace/index')).toContain('created.md'),
  },
  'a damaged index': {
    arrange: (place) => place.put('workspace/index', Buffer.alloc(100)),
    finds: ['index_stale'],
    where: 'workspace/index',
    seen: (place) => expect(place.read('workspace/index')).toContain('created.md'),
  },
  "an archive's list that cannot be read": {
    arrange: (place) => place.put('workspace/retries-archive/first/retries.json', '{'),
    finds: ['archive_damaged'],
    where: 'workspace/retries-archive/first/retries.json',
    seen: (place) =>
      expect(place.names('workspace/retries-archive/first')).toEqual([
        'notes.txt-retry-1.txt',
        'notes.txt-retry-1.txt.reason.txt',
        expect.stringMatching(/^retries\.json\..*\.damaged$/),
      ]),
  },
  'an archived version that is gone': {
    arrange: (place) => unlink(place, 'workspace/retries-archive/first/notes.txt-retry-1.txt'),
    finds: ['archive_incomplete'],
    where: 'workspace/retries-archive/first/notes.txt-retry-1.txt',
    leaves: 'hand',
  },
  'an archived reason that is gone': {
    arrange: (place) => unlink(place, 'workspace/retries-archive/first/notes.txt-retry-1.txt.reason.txt'),
    finds: ['reason_missing'],
    where: 'workspace/retries-archive/first/notes.txt-retry-1.txt.reason.txt',
    seen: (place) =>
      expect(place.read('workspace/retries-archive/first/notes.txt-retry-1.txt.reason.txt')).toBe(
        'Which lamp?\n',
      ),
  },
  'an archived version that is not listed': {
    arrange: (place) => place.put('workspace/retries-archive/first/b.md-retry-1.md', 'a version\n'),
    finds: ['archive_unlisted'],
    where: 'workspace/retries-archive/first/b.md-retry-1.md',
    seen: (place) =>
      expect(place.read('workspace/retries-archive/first-set-aside/b.md-retry-1.md')).toBe('a version\n'),
  },
  'a commit that cannot be read': {
    arrange: (place) => place.put('workspace/history/0001/intent.json', '{}'),
    finds: ['history_damaged'],
    where: 'workspace/history/0001',
    leaves: 'hand',
  },
  'a commit whose old file is gone': {
    arrange: (place) => unlink(place, 'workspace/history/0001/old/0'),
    finds: ['history_incomplete'],
    where: 'workspace/history/0001/old/0',
    leaves: 'hand',
  },
  'a commit whose old file is another': {
    arrange: (place) => place.put('workspace/history/0002/old/0', 'something else'),
    finds: ['history_incomplete'],
    where: 'workspace/history/0002/old/0',
    leaves: 'hand',
  },
  'a line of the op log that is not what was written': {
    arrange(place) {
      const log = 'workspace/log/operations.jsonl'
      place.put(log, place.read(log).replace('"create_session"', '"create_sessiom"'))
    },
    finds: ['log_damaged'],
    where: 'workspace/log',
    leaves: 'hand',
  },
  'a folder in the place of the op log': {
    arrange({ fs, root }) {
      fs.rmSync(`${root}/workspace/log/operations.jsonl`)
      fs.mkdirSync(`${root}/workspace/log/operations.jsonl`)
    },
    finds: ['log_blocked'],
    where: 'workspace/log/operations.jsonl',
    leaves: 'hand',
  },
  'a config that cannot be used': {
    arrange: (place) => place.put('workspace/config.json', '{ "cowrite": 1, "colour": "red" }'),
    finds: ['config_invalid'],
    where: 'workspace/config.json',
    leaves: 'hand',
  },
  'a config that is not JSON': {
    arrange: (place) => place.put('workspace/config.json', '{'),
    finds: ['config_invalid'],
    where: 'workspace/config.json',
    leaves: 'hand',
  },
  'a newer format': {
    arrange(place) {
      place.put('workspace/config.json', '{ "cowrite": 2 }')
      place.put('workspace/trash/old', 'not to be touched')
    },
    finds: ['newer_format', 'trash_unswept'],
    where: 'workspace/config.json',
    leaves: 'hand',
    seen: (place) => expect(place.has('workspace/trash/old')).toBe(true),
  },
  'a session of a newer format': {
    arrange(place) {
      place.put(`${draft}/session.json`, '{ "version": 2 }')
      place.put('workspace/trash/old', 'not to be touched')
    },
    finds: ['newer_format', 'trash_unswept'],
    where: draft,
    leaves: 'hand',
    seen: (place) => expect(place.has('workspace/trash/old')).toBe(true),
  },
  'a view whose command was killed': {
    arrange(place) {
      const note = { session: 'draft', createdAt: '', process: { ...thisProcess(), start: 'another' } }
      place.put('workspace/views/draft/view.json', JSON.stringify(note))
    },
    finds: ['view_leftover'],
    where: 'workspace/views/draft',
    leaves: 'recover',
  },
  'a view that was not made to its end': {
    arrange(place) {
      const stands = { provider: 'copy', folder: '/nowhere/view/book', since: '' }
      const note = {
        session: 'draft',
        createdAt: '',
        process: { ...thisProcess(), start: 'another' },
        stands,
      }
      place.put('workspace/views/draft/view.json', JSON.stringify(note))
    },
    finds: ['view_leftover'],
    where: 'workspace/views/draft',
    leaves: 'recover',
  },
  'a view that stands no more': {
    arrange(place) {
      const stands = { provider: 'copy', folder: '/nowhere/view/book', since: '' }
      const note = { session: 'draft', createdAt: '', process: thisProcess(), stands }
      place.put('workspace/views/draft/view.json', JSON.stringify(note))
      place.put('workspace/views/draft/standing', '')
    },
    finds: ['view_gone'],
    where: 'workspace/views/draft',
    leaves: 'hand',
  },
  'a link in the place of a view': {
    arrange(place) {
      place.fs.mkdirSync(`${place.root}/workspace/views`, { recursive: true })
      place.fs.symlinkSync('/nowhere', `${place.root}/workspace/views/draft`)
    },
    finds: ['view_blocked'],
    where: 'workspace/views/draft',
    leaves: 'hand',
  },
  'a link in the place of a session': {
    arrange(place) {
      remove(place, `${other}/.cowrite`)
      place.fs.symlinkSync('../draft/.cowrite', `${place.root}/${other}/.cowrite`)
    },
    finds: ['record_damaged'],
    where: `${other}/.cowrite`,
    leaves: 'recover',
  },
}

describe.each(fileSystems)('the doctor, on %s', (name, open) => {
  const make = places(open)
  const prepared = preparedPlaces(open)

  it('finds nothing where nothing is wrong, and says where the room goes', async () => {
    const place = prepared()
    const report = await doctor(place)
    expect(report).toMatchObject({
      stateFolder: 'workspace',
      sound: true,
      checked: { sessions: 2, commits: 2, archives: 1 },
      findings: [],
    })
    const { sessions, totalBytes, ...parts } = report.space
    expect(sessions.map(({ name }) => name).sort()).toEqual(['draft', 'other'])
    expect(parts).toMatchObject({ basesBytes: place.read(plan).length, trashBytes: 0 })
    const files = Object.entries(readTree(place.fs, place.root, []))
      .filter(([path, what]) => path.startsWith('workspace/') && what.startsWith('file'))
      .map(([path]) => place.fs.statSync(`${place.root}/${path}`).size)
    expect(totalBytes).toBe(files.reduce((sum, size) => sum + size))
    expect(Object.values(parts).reduce((sum, size) => sum + size)).toBe(totalBytes)
  })

  it('says that there is nothing to check where no session was ever started', async () => {
    const place = make()
    expect(await doctor(place)).toMatchObject({ stateFolder: null, sound: true, findings: [] })
    place.put('.cowrite-new-abandoned/config.json', '')
    expect(kindsOf(await doctor(place))).toEqual(['workspace_unfinished'])
    expect(leftOf(await doctor(place, true))).toEqual([])
    expect(place.has('.cowrite-new-abandoned')).toBe(false)
    expect(place.has('workspace')).toBe(false)
  })

  // What is found does not hang on the file system: on the slower one some of them are tried.
  const all = Object.entries(cases)
  it.each(name === 'memfs' ? all : all.filter((_case, at) => at % 6 === 0))(
    'S3: finds %s and writes nothing, then mends it or says who has to',
    async (_what, { arrange, finds, where, leaves, seen }) => {
      const place = prepared()
      arrange(place)
      const everything = lowerOf(place, 'nothing')
      const live = liveFiles(place)
      const faulty = faultyPort(place.port)
      const report = await new Workspace(faulty.port, { recover: false }).doctor()
      expect(kindsOf(report).sort()).toEqual(finds)
      expect(report.findings.map(({ path }) => path).join('\n')).toContain(where)
      for (const { detail, remedy } of report.findings)
        expect(`${detail}${remedy}`).not.toMatch(/\n|undefined/)
      expect(lowerOf(place, 'nothing')).toEqual(everything)
      expect(faulty.steps).toEqual([])

      const left = leftOf(await doctor(place, true))
      expect(left.length > 0, JSON.stringify(left)).toBe(leaves !== undefined)
      if (leaves !== undefined) expect(left.map(({ mendedBy }) => mendedBy)).toContain(leaves)
      expect(kindsOf(await doctor(place))).toEqual(left.map(({ kind }) => kind))
      expect(liveFiles(place)).toEqual(live)
      seen?.(place)
    },
  )

  it('S3: what a recovery has to decide is found no more after it', async () => {
    for (const [what, { arrange, leaves }] of Object.entries(cases)) {
      if (leaves !== 'recover') continue
      const place = prepared()
      arrange(place)
      for (const { session } of (await doctor(place)).findings) {
        const workspace = await place.open()
        await workspace.recover(session)
        await workspace.close()
      }
      expect(leftOf(await doctor(place, true)), what).toEqual([])
    }
  })

  it('holders, transactions and bindings of living processes are no findings', async () => {
    const place = prepared()
    const { run: _, ...owner } = { kind: 'commit', session: 'draft', process: thisProcess(), run: '' }
    place.put('workspace/journal/0007/owner.json', JSON.stringify(owner))
    place.put('workspace/journal/.new-1/owner.json', JSON.stringify(owner))
    rename(place, `${draft}/.cowrite/record`, `${draft}/.cowrite/record.sealed`)
    place.put(`${draft}/human-retries/retries.json`, '{}')
    place.put(
      `${other}/.cowrite/holders/0000000a-1`,
      JSON.stringify({ kind: 'test', process: thisProcess() }),
    )
    place.put(
      'workspace/views/draft/view.json',
      JSON.stringify({ session: 'draft', createdAt: '', process: thisProcess() }),
    )
    place.put(`${other}/.cowrite/tmp/0000000a-2`, 'half a')
    place.put(`${other}/.cowrite/bases/0000000a-3`, 'just taken')
    place.put(`${other}/session.json`, JSON.stringify({ version: 1, name: 'other', cow_files: [] }))
    changeLock(place, { bindings: [{ chat: 'a', session: 'draft', since: '', process: thisProcess() }] })
    expect((await doctor(place)).findings).toEqual([])
    const before = lowerOf(place, 'nothing')
    expect((await doctor(place, true)).findings).toEqual([])
    expect(lowerOf(place, 'nothing')).toEqual(before)
  })

  it('what a session reads through, a checkpoint of it, and a page that is being written are no findings', async () => {
    const place = prepared()
    const workspace = await place.open()
    const fork = await workspace.start('fork', { from: 'draft' })
    await fork.checkpoints.create('early')
    await fork.write('created.md', 'of the fork\n')
    await workspace.close()
    place.put('workspace/handoffs/draft.md.00000000-2.tmp', 'half a page')
    expect((await doctor(place, true)).findings).toEqual([])

    // What a damaged checkpoint may need stays.
    const own = 'workspace/sessions/fork/.cowrite'
    place.put(`${own}/checkpoints/late/checkpoint.json`, '')
    place.put(`${own}/layers/of-nobody/plan.md`, 'an old plan\n')
    expect(kindsOf(await doctor(place))).toEqual(['checkpoint_damaged'])
  })

  it('what passes while it looks was another process at work, and is no finding', async () => {
    const place = prepared()
    place.put('workspace/sessions/.new-1/session.json', '')
    place.put(`${draft}/.cowrite/tmp/00000000-1`, 'about to be renamed')
    let looks = 0
    const port = interceptedPort(place.port, {
      before({ name, paths }) {
        if (name !== 'list' || paths[0] !== 'workspace/retries-archive' || looks++ > 0) return
        remove(place, 'workspace/sessions/.new-1')
        place.put('workspace/sessions/.new-2/session.json', '')
      },
    })
    const { findings } = await new Workspace(port, { recover: false }).doctor()
    expect(looks).toBeGreaterThan(1)
    expect(findings.map(({ path }) => path)).toEqual([`${draft}/.cowrite/tmp/00000000-1`])
  })

  it('D4: leaves alone what is not a state folder', async () => {
    const place = make({ 'workspace/notes.md': 'mine', 'workspace/trash/old.md': 'mine, too' })
    expect(await doctor(place, true)).toMatchObject({ stateFolder: null, findings: [] })
    expect(place.names('workspace')).toEqual(['notes.md', 'trash'])
  })

  it('T3: a base that is not what it was merges nothing', async () => {
    const place = prepared()
    place.put(onlyIn(place, `${draft}/.cowrite/bases`), 'another plan\n')
    place.put(plan, 'The plan, by hand.\n')
    const session = await (await place.open()).session('draft')
    const { conflicts, merged } = await session.preview()
    expect({ conflicts: conflicts.map(({ path }) => path), merged }).toEqual({
      conflicts: [plan],
      merged: [],
    })
  })

  it('says why something could not be mended, and mends the rest', async () => {
    const place = prepared()
    unlink(place, 'workspace/index')
    place.put('workspace/sessions/.new-1/session.json', '')
    const faulty = faultyPort(place.port, (step) => /index\.[^/]*\.tmp$/.test(step), {
      how: 'error',
      errno: 'EIO',
      once: false,
    })
    const report = await new Workspace(faulty.port, { recover: false }).doctor({ fix: true })
    expect(leftOf(report)).toMatchObject([{ kind: 'index_stale', failure: expect.stringContaining('EIO') }])
    expect(leftOf(await doctor(place, true))).toEqual([])
  })
})

describe('the doctor and processes that were killed', () => {
  const [[, open] = fileSystems[0] as never] = fileSystems.filter(([name]) => name === 'a real disk')
  const prepared = preparedPlaces(open)

  it('S3: finds what a killed process was holding, its fresh lock included, and mends it', async () => {
    const place = prepared()
    const body = `
      const session = await workspace.session('draft')
      await session.write('killed.md', 'acknowledged')
      const { mkdirSync } = await import('node:fs')
      mkdirSync(workspace.root + '/${layoutOf('workspace').locks}/commit.lock', { recursive: true })
      print('now')
      await new Promise(() => setInterval(() => {}, 1000))`
    await killAt(place.root, body, 'now')
    const report = await doctor(place)
    expect(kindsOf(report)).toEqual(expect.arrayContaining(['holder_dead', 'lock_stale']))
    const lock = `${place.root}/workspace/log/locks/commit.lock`
    place.fs.utimesSync(lock, hourAgo, hourAgo)
    expect(leftOf(await doctor(place, true))).toEqual([])
    expect(place.read(`${draft}/killed.md`)).toBe('acknowledged')
    expect((await doctor(place)).findings).toEqual([])
  })
})
