import { setTimeout } from 'node:timers/promises'
/** What one process finds while another is in the middle of something else: the moments that crowds come upon. */
import { describe, expect, it, vi } from 'vitest'
import { Workspace } from '../../lib/index.js'
import type { Session } from '../../lib/session.js'
import { encodeLine } from '../../lib/store/append-log.js'
import { interceptedPort, type Verb } from '../support/faulty-port.js'
import { fileSystems } from '../support/file-systems.js'
import { copyWorkspace, readTree } from '../support/trees.js'
import { book, codeOf, type Place, places, plan, scene } from './support/places.js'

const folder = 'workspace/sessions/first'
const record = `${folder}/.cowrite/record`

describe.each(fileSystems)('in a crowd, on %s', (_name, open) => {
  const make = places(open)

  /** Opens the workspace for one to whom `others` come in between, once, right before the first call that `at` picks. */
  function beside(place: Place, at: (verb: Verb) => boolean, others: () => void) {
    let isAwaited = false
    let hasCome = false
    const port = interceptedPort(place.port, {
      before(verb) {
        if (!isAwaited || hasCome || !at(verb)) return
        hasCome = true
        others()
      },
    })
    const workspace = new Workspace(port, {})
    return {
      workspace,
      /** From here on they may come; afterwards they must have. */
      async meeting<Result>(work: () => Promise<Result>): Promise<Result> {
        isAwaited = true
        try {
          return await work()
        } finally {
          await workspace.close()
          expect(hasCome, 'nobody came').toBe(true)
        }
      },
    }
  }

  const on =
    (name: string, path: string) =>
    (verb: Verb): boolean =>
      verb.name === name && verb.paths[0] === path

  /** The session ends, and another of its name is begun: here, with the same content. */
  function beginAnew({ fs, root }: Place): void {
    const [was, gone] = [`${root}/${folder}`, `${root}/workspace/trash/gone`]
    fs.renameSync(was, gone)
    fs.mkdirSync(was)
    copyWorkspace({ fs, root: gone }, { fs, root: was })
  }

  async function prepared(text = 'written\n'): Promise<Place> {
    const place = make()
    const session = await place.start()
    await session.write(plan, text)
    await session.write(scene, 'written, too\n')
    await session.write('acts/new/a.md', 'new\n')
    await session.close()
    return place
  }

  const changes: [string, (session: Session) => Promise<unknown>][] = [
    ['write', (session) => session.write(plan, 'late\n')],
    ['edit', (session) => session.edit(plan, 'written', 'late')],
    ['remove', (session) => session.remove(plan)],
    ['removal of a folder', (session) => session.remove('acts/new')],
    ['move', (session) => session.move(plan, 'acts/late.md')],
    ['move of a folder', (session) => session.move('acts/new', 'acts/late')],
    ['append', (session) => session.fs.appendFile(plan, 'late\n')],
    ['mode', (session) => session.fs.chmod(plan, 0o755)],
    ['mode of a folder', (session) => session.fs.chmod('acts/new', 0o700)],
    ['new folder', (session) => session.fs.mkdir('acts/late')],
    ['link', (session) => session.fs.symlink('new/a.md', 'acts/late')],
  ]
  it.each(changes)(
    'C4: a %s that comes late leaves another session of the same name alone',
    async (_what, change) => {
      const place = await prepared()
      const { workspace, meeting } = beside(place, on('write', `${folder}/.cowrite/turns`), () =>
        beginAnew(place),
      )
      const session = (await workspace.session('first')) as Session
      const upper = (): unknown =>
        Object.entries(readTree(place.fs, `${place.root}/${folder}`, ['.cowrite', 'session.json']))
      const before = upper()
      const lines = place.read(record)
      expect(['LOCKED', 'EBUSY']).toContain(await codeOf(meeting(() => change(session))))
      expect(upper()).toEqual(before)
      expect(place.read(record)).toBe(lines)
    },
  )

  /** Commits while a hand takes the copy of the plan away, right before the first file is staged. */
  async function committedWithout(place: Place): Promise<unknown> {
    const isStaging = ({ name, paths: [path] }: Verb): boolean =>
      name === 'create' && /\/journal\/.*\/new\/0$/.test(path as string)
    const { workspace, meeting } = beside(place, isStaging, () =>
      place.fs.unlinkSync(`${place.root}/${folder}/${plan}`),
    )
    const session = (await workspace.session('first')) as Session
    return meeting(() => session.commit())
  }

  it('C4: a copy that goes while a commit is about to stage it was read when the commit began', async () => {
    const place = await prepared()
    expect(await committedWithout(place)).toMatchObject({ committed: true, closed: true, overtaken: [] })
    expect(place.read(plan)).toBe('written\n')
  })

  it('C4: a large copy that goes while a commit is about to read it is no error of the disk', async () => {
    const place = await prepared('written '.repeat(20_000))
    expect(await codeOf(committedWithout(place))).toBe('LOCKED')
    expect(place.read(plan)).toBe(book[plan])
  })

  it.each([
    ['long ago', 60],
    ['a moment ago', 0],
  ])('C4: an edit of what was written %s, and is written to meanwhile, is refused', async (_when, age) => {
    const place = await prepared()
    const live = `${place.root}/context/notes.md`
    place.put('context/notes.md', 'the old words\n')
    await setTimeout(age)
    const { workspace, meeting } = beside(place, on('write', `${folder}/.cowrite/turns`), () => {
      const { atime, mtime } = place.fs.statSync(live)
      place.put('context/notes.md', 'the new words\n')
      place.fs.utimesSync(live, atime, mtime)
    })
    const session = (await workspace.session('first')) as Session
    const kept = () => place.fs.readdirSync(`${place.root}/${folder}/.cowrite/bases`)
    const [before, lines] = [kept(), place.read(record)]
    expect(await codeOf(meeting(() => session.edit('context/notes.md', 'words', 'letters')))).toBe('CONFLICT')
    expect(place.read('context/notes.md')).toBe('the new words\n')
    expect(place.read(record)).toBe(lines)
    expect(kept()).toEqual(before)
  })

  it.each(['status', 'preview', 'diff'] as const)(
    'C4: %s tells what the session holds once others have taken a change back',
    async (how) => {
      const place = await prepared()
      const { workspace, meeting } = beside(place, on('statEach', `${folder}/acts/act-1`), () => {
        const line = encodeLine({ drop: [plan], at: new Date().toISOString() })
        place.fs.appendFileSync(`${place.root}/${record}`, line)
        place.fs.unlinkSync(`${place.root}/${folder}/${plan}`)
      })
      const session = (await workspace.session('first')) as Session
      const told = JSON.stringify(await meeting<unknown>(() => session[how]()))
      expect(told).not.toContain(`"${plan}"`)
      expect(told).toContain(`"${scene}"`)
    },
  )

  it('S3: a copy that is missing, and was not taken back, is damage all the same', async () => {
    const place = await prepared()
    const session = (await (await place.open()).session('first')) as Session
    place.fs.unlinkSync(`${place.root}/${folder}/${plan}`)
    expect(await codeOf(session.status())).toBe('SESSION_CRASHED')
  })

  it('S3: a session that is sealed in the moment that it is looked at is not crashed', async () => {
    const place = await prepared()
    const seal = (): void => place.fs.renameSync(`${place.root}/${record}`, `${place.root}/${record}.sealed`)
    const { workspace, meeting } = beside(place, on('openForWriting', record), seal)
    const { sessions } = await meeting(() => workspace.list())
    expect(sessions).toMatchObject([{ name: 'first', status: 'ACTIVE', changes: 3 }])
  })

  it('S3: nor is one that ends before it is looked at at all', async () => {
    const place = await prepared()
    const { workspace, meeting } = beside(place, on('stat', folder), () =>
      place.fs.renameSync(`${place.root}/${folder}`, `${place.root}/workspace/trash/gone`),
    )
    expect(await meeting(() => workspace.list())).toMatchObject({ count: 0 })
  })

  it('a clock that is moved meanwhile does not make a search a long one', async () => {
    const place = await prepared()
    const later = Date.now() + 3_600_000
    const { workspace, meeting } = beside(
      place,
      ({ name }) => name === 'openForReading',
      () => void vi.spyOn(Date, 'now').mockReturnValue(later),
    )
    const session = (await workspace.session('first')) as Session
    expect(await meeting(() => session.search('written'))).toMatchObject({ total: 2 })
  })

  it('S3: nor is one that ends then: it is not there any more, or is the one that was begun since', async () => {
    for (const isBegunAnew of [false, true]) {
      for (const how of ['list', 'session'] as const) {
        const place = await prepared()
        const { workspace, meeting } = beside(place, on('openForWriting', record), () => {
          if (isBegunAnew) beginAnew(place)
          else place.fs.renameSync(`${place.root}/${folder}`, `${place.root}/workspace/trash/gone`)
        })
        const looked = meeting<unknown>(() =>
          how === 'list' ? workspace.list() : workspace.session('first'),
        )
        if (how === 'list') expect(await looked).toMatchObject({ count: Number(isBegunAnew) })
        else if (isBegunAnew) expect(await looked).toMatchObject({ name: 'first' })
        else expect(await codeOf(looked)).toBe('SESSION_NOT_FOUND')
        expect(JSON.stringify(how === 'list' ? await looked : {})).not.toContain('CRASHED')
      }
    }
  })
})
