import { describe, expect, it } from 'vitest'
import type { CommitResult } from '../../lib/index.js'
import type { Session } from '../../lib/session.js'
import { Workspace } from '../../lib/workspace.js'
import { reboot } from '../engine/book.js'
import { Crash, faultyPort } from '../support/faulty-port.js'
import { quickFileSystems } from '../support/file-systems.js'
import { freeze } from '../support/layers.js'
import { copyWorkspace, readTree } from '../support/trees.js'
import { codeOf, lowerOf, type Place, paths, placeOn, places, plan, scene } from './support/places.js'

type Work = (session: Session) => Promise<unknown>
interface Fs {
  chmod(path: string, mode: number): Promise<void>
  mkdir(path: string): Promise<void>
  readFile(path: string, encoding: 'utf8'): Promise<string>
  readdir(path: string): Promise<string[]>
  stat(path: string): Promise<{ mode: number; mtimeMs: number }>
  symlink(target: string, path: string): Promise<void>
  utimes(path: string, atime: number, mtime: number): Promise<void>
  writeFile(path: string, content: string): Promise<void>
}
const fsOf = (session: Session): Fs => session.fs as unknown as Fs

/** A session for each piece of work, each over those before it, which are frozen; the last one is open. */
async function layered(place: Place, ...works: Work[]): Promise<Session> {
  const workspace = await place.open()
  let session = (await workspace.start('s0')) as Session
  for (const [at, work] of works.entries()) {
    if (at > 0) {
      await session.close()
      freeze(place, `s${at - 1}`, `s${at}`, `layer-${at}`)
      session = (await workspace.session(`s${at}`)) as Session
    }
    await work(session)
  }
  return session
}

const nothing: Work = async () => {}
const text = async (session: Session, path: string) => (await session.read(path)).content
const names = async (session: Session, folder: string) => (await fsOf(session).readdir(folder)).sort()
const effective = async (session: Session) => {
  const { modified, created, deleted } = (await session.status()).changes
  return { modified: paths(modified), created: paths(created), deleted: paths(deleted) }
}
const whole = async (session: Session) => (await session.commit()) as CommitResult
/** What is frozen below a session, byte for byte. */
const frozenOf = ({ fs, root }: Place, session: string) =>
  readTree(fs, `${root}/workspace/sessions/${session}/.cowrite/layers`)

describe.each(quickFileSystems)('a session over layers, on %s', (_name, open) => {
  const make = places(open)

  it('C1: what is read is the nearest layer that has it, then lower', async () => {
    const place = make()
    const session = await layered(
      place,
      async (first) => {
        await first.write(plan, 'of the first\n')
        await first.write('one.md', 'one\n')
      },
      async (second) => {
        await second.write(plan, 'of the second\n')
        await second.write('acts/two.md', 'two\n')
      },
      nothing,
    )
    expect(await text(session, plan)).toBe('of the second\n')
    expect(await text(session, 'one.md')).toBe('one\n')
    expect(await text(session, 'notes.txt')).toBe('remember the lamp\n')
    expect(await session.read('one.md')).toMatchObject({ source: 'session' })
    expect(await names(session, '.')).toEqual(['acts', 'context', 'notes.txt', 'one.md'])
    expect(await names(session, 'acts')).toEqual(['act-1', 'two.md'])
    expect((await session.search('two')).matches).toMatchObject([{ filePath: 'acts/two.md' }])
    expect(place.read(plan)).toBe('The plan.\n\nThey meet.\n')
  })

  it('C1, C3: what a layer deleted stays deleted, and what is deleted above one can be made again', async () => {
    const place = make()
    const session = await layered(
      place,
      async (first) => {
        await first.remove('notes.txt')
        await first.write('made.md', 'made\n')
      },
      async (second) => {
        expect(await codeOf(second.read('notes.txt'))).toBe('NOT_FOUND')
        await second.remove('made.md')
        await second.remove(plan)
      },
      async (third) => {
        expect(await names(third, '.')).toEqual(['acts', 'context'])
        expect(await codeOf(third.read('made.md'))).toBe('NOT_FOUND')
        await third.write(plan, 'again\n')
        await third.write('notes.txt', 'again, too\n')
      },
    )
    expect(await effective(session)).toEqual({
      modified: [plan, 'notes.txt'].sort(),
      created: [],
      deleted: [],
    })
    const result = await whole(session)
    expect(paths(result.files).sort()).toEqual([plan, 'notes.txt'].sort())
    expect(place.read(plan)).toBe('again\n')
    expect(place.read('notes.txt')).toBe('again, too\n')
    expect(place.has('made.md')).toBe(false)
  })

  it('C1, C8: a folder that was deleted, or made anew, lets nothing of what is below show through', async () => {
    const place = make()
    const session = await layered(
      place,
      async (first) => {
        await first.write('acts/act-1/extra.md', 'extra\n')
        await first.remove('context')
      },
      async (second) => {
        await second.remove('acts/act-1')
        await second.write('acts/act-1/fresh.md', 'fresh\n')
        await fsOf(second).mkdir('context')
      },
      async (third) => {
        expect(await names(third, 'acts/act-1')).toEqual(['fresh.md'])
        expect(await names(third, 'context')).toEqual([])
        expect(await codeOf(third.read('acts/act-1/extra.md'))).toBe('NOT_FOUND')
        expect(await codeOf(third.read(scene))).toBe('NOT_FOUND')
        await third.write('context/new.json', '{}\n')
      },
    )
    await whole(session)
    expect(place.names('acts/act-1')).toEqual(['fresh.md'])
    expect(place.names('context')).toEqual(['new.json'])
  })

  it('C8: what appears in lower, in a folder that a layer deleted, is a conflict', async () => {
    const place = make()
    const session = await layered(place, (first) => first.remove('context'), nothing)
    place.put('context/characters/boris.json', '{}\n')
    expect((await session.status()).conflicts).toMatchObject([{ path: 'context/characters/boris.json' }])
    expect(await codeOf(session.commit())).toBe('CONFLICT')
    expect(place.has('context/characters/boris.json')).toBe(true)
  })

  it('C8: a move knows where it began, through as many layers as it went', async () => {
    const place = make()
    const session = await layered(
      place,
      (first) => first.move('notes.txt', 'moved.txt'),
      (second) => second.move('moved.txt', 'acts/moved.txt'),
      async (third) => {
        await third.write('acts/moved.txt', 'remember the lamp, and the key\n')
        await third.move('acts/act-1', 'acts/act-one')
      },
    )
    const { created, deleted } = (await session.status()).changes
    expect(created).toContainEqual(
      expect.objectContaining({ path: 'acts/moved.txt', movedFrom: 'notes.txt' }),
    )
    expect(paths(deleted)).toContain('notes.txt')
    expect(paths(created)).not.toContain('moved.txt')
    expect(await codeOf(session.read('moved.txt'))).toBe('NOT_FOUND')
    await whole(session)
    expect(place.read('acts/moved.txt')).toBe('remember the lamp, and the key\n')
    expect(place.names('acts')).toEqual(['act-one', 'moved.txt'])
    expect(place.has('notes.txt')).toBe(false)
    expect(place.has('moved.txt')).toBe(false)
  })

  it('C1, C8: what a layer made leaves nothing where it was when it is moved above it', async () => {
    const place = make()
    const session = await layered(
      place,
      async (first) => {
        await first.write('new/a.md', 'a\n')
        await first.write('b.md', 'b\n')
      },
      async (second) => {
        await second.write('b.md', 'b, changed\n')
        await second.move('b.md', 'c.md')
        await second.move('new', 'newer')
      },
    )
    expect(await names(session, '.')).toEqual(['acts', 'c.md', 'context', 'newer', 'notes.txt'])
    expect(await effective(session)).toEqual({ modified: [], created: ['c.md', 'newer/a.md'], deleted: [] })
    await whole(session)
    expect(place.names('.')).toEqual(['acts', 'c.md', 'context', 'newer', 'notes.txt', 'workspace'])
  })

  it('C2, C3, C4: each way to write in place copies from the layer, which stays as it is', async () => {
    const place = make()
    const session = await layered(
      place,
      async (first) => {
        for (const name of ['append', 'edit', 'mode', 'times', 'whole']) await first.write(name, 'first\n')
        await fsOf(first).mkdir('folder')
        await first.write('folder/file', 'in it\n')
        await fsOf(first).symlink('edit', 'link')
      },
      nothing,
    )
    const before = frozenOf(place, 's1')
    const fs = session.fs as unknown as Fs & { appendFile(path: string, data: string): Promise<void> }
    await fs.appendFile('append', 'more\n')
    await session.edit('edit', 'first', 'second')
    await fs.chmod('mode', 0o755)
    await fs.utimes('times', 1_000, 1_000)
    await fs.writeFile('whole', 'second\n')
    await fs.chmod('folder', 0o700)
    expect(await text(session, 'append')).toBe('first\nmore\n')
    expect(await text(session, 'link')).toBe('second\n')
    expect((await fs.stat('mode')).mode & 0o777).toBe(0o755)
    expect((await fs.stat('times')).mtimeMs).toBe(1_000_000)
    expect(await names(session, 'folder'), 'a mode hides nothing').toEqual(['file'])
    expect(frozenOf(place, 's1')).toEqual(before)
    await whole(session)
    expect(place.read('append')).toBe('first\nmore\n')
    expect(place.read('folder/file')).toBe('in it\n')
    expect(place.fs.statSync(`${place.root}/mode`).mode & 0o777).toBe(0o755)
    expect(place.fs.readlinkSync(`${place.root}/link`)).toBe('edit')
  })

  it('C3: a file written back to its base above a layer that changed it comes to nothing', async () => {
    const place = make()
    const session = await layered(
      place,
      (first) => first.write('notes.txt', 'changed\n'),
      (second) => second.write('notes.txt', 'remember the lamp\n'),
    )
    expect(await text(session, 'notes.txt')).toBe('remember the lamp\n')
    expect(await effective(session)).toEqual({ modified: [], created: [], deleted: [] })
    const before = lowerOf(place)
    expect((await whole(session)).commitId).toBeNull()
    expect(lowerOf(place)).toEqual(before)
  })

  it('T1: status, diff and preview tell of what differs from lower, whichever layer it lies in', async () => {
    const place = make()
    const session = await layered(
      place,
      async (first) => {
        await first.write(plan, 'The plan.\n\nThey part.\n')
        await first.write('passing.md', 'passing\n')
        await first.remove('notes.txt')
      },
      async (second) => {
        await second.remove('passing.md')
        await second.write(scene, 'It was light.\nIt rained.\n\nThe door opened.\n')
      },
      (third) => third.write('new.md', 'new\n'),
    )
    const expected = { modified: [scene, plan], created: ['new.md'], deleted: ['notes.txt'] }
    expect(await effective(session)).toEqual(expected)
    const preview = await session.preview()
    expect({
      modified: paths(preview.modified),
      created: paths(preview.created),
      deleted: paths(preview.deleted),
    }).toEqual(expected)
    const opened = preview.modified.map(({ openAt }) => place.read(openAt as string))
    expect(opened).toEqual(['It was light.\nIt rained.\n\nThe door opened.\n', 'The plan.\n\nThey part.\n'])
    const diffs = await session.diff({ words: false })
    expect(diffs.map(({ filePath }) => filePath).sort()).toEqual(Object.values(expected).flat().sort())
    const ofPlan = diffs.find(({ filePath }) => filePath === plan)
    expect(ofPlan?.patch).toContain('-They meet.\n+They part.')
    const listed = (await (await place.open()).list()).sessions
    expect(listed).toMatchObject([{ name: 's2', changes: 4 }])
    const { cow_files } = place.json('workspace/sessions/s2/session.json') as {
      cow_files: { path: string }[]
    }
    expect(paths(cow_files).sort()).toEqual(Object.values(expected).flat().sort())
  })

  it('C2, T3: the base that a layer kept is the one that is merged with', async () => {
    const place = make()
    const session = await layered(
      place,
      (first) => first.write(plan, 'The plan, by the first.\n\nThey meet.\n'),
      (second) => second.write('other.md', 'x\n'),
      (third) => third.edit(plan, 'by the first', 'by the third'),
    )
    place.put(plan, 'The plan.\n\nThey meet, by hand.\n')
    const result = await whole(session)
    expect(result.merged).toEqual([plan])
    expect(place.read(plan)).toBe('The plan, by the third.\n\nThey meet, by hand.\n')
  })

  it('T3: a conflict is with lower, whichever layer the change lies in, and can be marked or decided', async () => {
    const place = make()
    const session = await layered(
      place,
      async (first) => {
        await first.write(plan, 'The plan, by the first.\n')
        await first.remove('notes.txt')
      },
      nothing,
    )
    place.put(plan, 'The plan, by hand.\n')
    place.put('notes.txt', 'remember, by hand\n')
    const refused = (await session.commit().catch((error: unknown) => error)) as {
      data: { conflicts: { path: string }[] }
    }
    expect(paths(refused.data.conflicts)).toEqual([plan, 'notes.txt'])
    const before = frozenOf(place, 's1')
    expect(await session.commit({ onConflict: 'markers' })).toMatchObject({
      committed: false,
      marked: [plan],
    })
    expect(frozenOf(place, 's1')).toEqual(before)
    expect(await text(session, plan)).toMatch(/^<<<<<<<.*\nThe plan, by the first\.\n/s)
    expect(await codeOf(session.commit()), 'markers are no answer').toBe('CONFLICT')
    await session.write(plan, 'The plan, by both.\n')
    const { digest } = await session.preview({ onConflict: 'keep_session' })
    await session.commit({ onConflict: 'keep_session', expect: digest })
    expect(place.read(plan)).toBe('The plan, by both.\n')
    expect(place.has('notes.txt')).toBe(false)
  })

  it('T3: markers that a layer holds are asked for as long as they are there', async () => {
    const place = make()
    const session = await layered(
      place,
      async (first) => {
        await first.write(plan, 'The plan, by the first.\n')
        place.put(plan, 'The plan, by hand.\n')
        await first.commit({ onConflict: 'markers' })
      },
      async (second) => {
        await second.write(plan, `${await text(second, plan)}more\n`)
      },
    )
    expect(await codeOf(session.commit())).toBe('CONFLICT')
    await session.write(plan, 'The plan, by both.\n')
    await whole(session)
    expect(place.read(plan)).toBe('The plan, by both.\n')
  })

  it('T4: what a part of a session leaves does not show again from a layer', async () => {
    const place = make()
    const session = await layered(
      place,
      async (first) => {
        await first.write(plan, 'of the first\n')
        await first.write('stays.md', 'stays\n')
        await first.write('notes.txt', 'changed\n')
        await fsOf(first).mkdir('empty')
      },
      async (second) => {
        await second.write(plan, 'of the second\n')
        await second.remove('stays.md')
        await second.write('stays.md', 'made again\n')
      },
      nothing,
    )
    // A checkpoint reads through them still; without one they would go.
    await session.checkpoints.create()
    const before = frozenOf(place, 's2')
    const { digest } = await session.preview({ files: [plan] })
    const result = (await session.commit({ files: [plan], expect: digest })) as CommitResult
    expect(result).toMatchObject({ closed: false, remaining: ['empty', 'notes.txt', 'stays.md'] })
    expect(place.read(plan)).toBe('of the second\n')
    place.put(plan, 'by hand, later\n')
    expect(await text(session, plan), 'what was committed is lower again').toBe('by hand, later\n')
    expect(await effective(session)).toEqual({
      modified: ['notes.txt'],
      created: ['empty', 'stays.md'],
      deleted: [],
    })
    expect(frozenOf(place, 's2')).toEqual(before)
    await session.write('notes.txt', 'changed again\n')
    expect(frozenOf(place, 's2'), 'a second name is no way into a layer').toEqual(before)
    const again = (await (await place.open()).session('s2')) as Session
    expect(await text(again, 'stays.md')).toBe('made again\n')
    await whole(again)
    expect(place.read('notes.txt')).toBe('changed again\n')
    expect(place.read('stays.md')).toBe('made again\n')
    expect(place.names('empty')).toEqual([])
  })

  it('T5: a commit brings all layers at once, and undo puts back what lower was', async () => {
    const place = make()
    const before = readTree(place.fs, place.root)
    const session = await layered(
      place,
      (first) => first.write('one.md', 'one\n'),
      (second) => second.remove('context'),
      (third) => third.write(plan, 'three\n'),
    )
    const result = await whole(session)
    expect(paths(result.files).sort()).toEqual(
      ['acts/act-1/plan.md', 'context/characters/alexa.json', 'one.md'].sort(),
    )
    expect(place.names('workspace/sessions')).toEqual([])
    expect(place.has('context')).toBe(false)
    await (await place.open()).undo()
    expect(readTree(place.fs, place.root)).toEqual(before)
  })

  it('T6, R1, R2: cancel counts what the layers hold, lower stays, and a retry of a layer’s version is kept', async () => {
    const place = make()
    const before = lowerOf(place)
    const session = await layered(
      place,
      async (first) => {
        await first.write(scene, 'the first draft\n')
        await first.remove('notes.txt')
      },
      nothing,
    )
    await session.retry('scene-0101.md', 'too short')
    expect((await session.readRetry(scene, 1)).toString()).toBe('the first draft\n')
    await session.write(scene, 'the second draft\n')
    await session.restoreRetry(scene, 1)
    expect(await text(session, scene)).toBe('the first draft\n')
    const workspace = await place.open()
    expect(await workspace.cancel('s1')).toMatchObject({
      discarded: { modified: 1, created: 0, deleted: 1 },
    })
    expect(lowerOf(place)).toEqual(before)
    expect(place.names('workspace/sessions')).toEqual([])
    expect((await workspace.retries(scene))[0]).toMatchObject({ reason: 'too short', session: 's1' })
  })

  it('C6: another session is told of what lies in a layer', async () => {
    const place = make()
    const session = await layered(place, (first) => first.write(plan, 'of the first\n'), nothing)
    await session.close()
    place.fs.unlinkSync(`${place.root}/workspace/index`)
    const other = (await (await place.open()).start('other')) as Session
    expect((await other.write(plan, 'of the other\n')).alsoChangedIn).toEqual(['s1'])
  })

  it('D3: what a hand puts over a layer’s file is a change with the base that the layer knows', async () => {
    const place = make()
    const session = await layered(place, (first) => first.write(plan, 'A plan.\n\nThey meet.\n'), nothing)
    place.put(`workspace/sessions/s1/${plan}`, 'The plan, by hand.\n\nThey meet.\n')
    place.put(plan, 'The plan.\n\nThey meet.\n\nThe end.\n')
    expect(await effective(session)).toEqual({ modified: [plan], created: [], deleted: [] })
    await whole(session)
    expect(place.read(plan)).toBe('The plan, by hand.\n\nThey meet.\n\nThe end.\n')
  })

  it('D3: the doctor finds a session over layers sound', async () => {
    const place = make()
    const session = await layered(
      place,
      async (first) => {
        await first.write(plan, 'of the first\n')
        await first.remove('notes.txt')
      },
      (second) => second.write(scene, 'of the second\n'),
      (third) => third.edit(plan, 'first', 'third'),
    )
    await (await place.open()).switch('s2')
    await session.close()
    const { sound, findings } = await (await place.open({ recover: false })).doctor()
    expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([])
    expect(sound).toBe(true)
  })

  const damages: Record<string, { damage(place: Place): void; kept: boolean }> = {
    'a record that is cut short': {
      damage: (place) => {
        const path = 'workspace/sessions/s2/.cowrite/layers/layer-1/.cowrite/record'
        place.put(path, `${place.read(path)}x\n{}\n`)
      },
      kept: true,
    },
    'no record': {
      damage: (place) =>
        place.fs.unlinkSync(`${place.root}/workspace/sessions/s2/.cowrite/layers/layer-1/.cowrite/record`),
      kept: true,
    },
    'a copy that is gone': {
      damage: (place) =>
        place.fs.unlinkSync(`${place.root}/workspace/sessions/s2/.cowrite/layers/layer-1/one.md`),
      kept: false,
    },
    'nothing left of it': {
      damage: (place) =>
        place.fs.rmSync(`${place.root}/workspace/sessions/s2/.cowrite/layers/layer-1`, { recursive: true }),
      kept: false,
    },
    'no record of the session itself': {
      damage: (place) => place.fs.unlinkSync(`${place.root}/workspace/sessions/s2/.cowrite/record`),
      kept: true,
    },
  }
  it.each(Object.entries(damages))(
    'S3: a layer with %s makes a session CRASHED, and it is recovered',
    async (_what, { damage, kept }) => {
      const place = make()
      const session = await layered(
        place,
        async (first) => {
          await first.write('one.md', 'one\n')
          await first.status()
        },
        (second) => second.write('two.md', 'two\n'),
        async (third) => {
          await third.write('three.md', 'three\n')
          await third.status()
        },
      )
      await session.close()
      damage(place)
      const workspace = await place.open()
      expect((await workspace.list()).sessions).toMatchObject([{ name: 's2', status: 'CRASHED' }])
      expect(await codeOf(workspace.session('s2'))).toBe('SESSION_CRASHED')
      expect((await workspace.recover('s2')).findings).not.toEqual([])
      const again = (await workspace.session('s2')) as Session
      expect(await effective(again)).toEqual({
        modified: [],
        created: [...(kept ? ['one.md'] : []), 'three.md', 'two.md'],
        deleted: [],
      })
      await whole(again)
      expect(place.has('one.md')).toBe(kept)
      expect(place.read('two.md')).toBe('two\n')
    },
  )
})

const commits: [name: string, options: object][] = [
  ['a commit', {}],
  ['a commit of a part', { files: [plan, 'one.md'] }],
]

describe.each(quickFileSystems)('a session over layers that is killed, on %s', (kind, open) => {
  const make = places(open)

  it.each(commits)(
    'T2: %s over two layers is done or not done, and the session goes on',
    async (_name, options) => {
      const template = make()
      const session = await layered(
        template,
        async (first) => {
          await first.write(plan, 'of the first\n')
          await first.write('one.md', 'one\n')
          await first.remove('notes.txt')
        },
        async (second) => {
          await second.write(scene, 'of the second\n')
          await second.move('context', 'people')
        },
        async (third) => {
          await third.edit(plan, 'first', 'third')
          await third.remove('one.md')
          await third.write('one.md', 'made again\n')
        },
      )
      const merged = (await session.files({ recursive: true })).entries.map(({ filePath }) => filePath)
      await session.close()
      const copy = (): Place => {
        const place = make({})
        copyWorkspace(template, place)
        return place
      }
      const before = readTree(template.fs, template.root)
      const good = copy()
      const counted = faultyPort(good.port)
      const workspace = new Workspace(counted.port, {})
      await ((await workspace.session('s2')) as Session).commit(options)
      const steps = counted.steps.length
      await workspace.close()
      const after = readTree(good.fs, good.root)
      expect(after).not.toEqual(before)
      const states = { old: 0, new: 0 }
      const apart = kind === 'memfs' ? 5 : 29
      const tried = Array.from({ length: Math.ceil(steps / apart) }, (_, each) => 1 + each * apart)
      for (const at of new Set([...tried, steps])) {
        const place = copy()
        const faulty = faultyPort(place.port, at, { how: 'crash before' })
        const dying = new Workspace(faulty.port, {})
        await expect(
          (async () => ((await dying.session('s2')) as Session).commit(options))(),
        ).rejects.toThrow(Crash)
        await dying.close().catch((error: unknown) => expect(error).toBeInstanceOf(Crash))
        reboot(place)
        const next = await placeOn(place).open()
        const lower = readTree(place.fs, place.root)
        const what = `killed before ${counted.steps[at - 1]}`
        const isNew = JSON.stringify(lower) === JSON.stringify(after)
        if (!isNew) expect(lower, what).toEqual(before)
        states[isNew ? 'new' : 'old'] += 1
        if ((await next.list()).count > 0) {
          const again = (await next.session('s2')) as Session
          expect(
            (await again.files({ recursive: true })).entries.map(({ filePath }) => filePath),
            what,
          ).toEqual(merged)
          expect(await text(again, plan), what).toBe('of the third\n')
          await again.commit()
        }
        expect(place.read('one.md'), what).toBe('made again\n')
        expect(place.names('people/characters'), what).toEqual(['alexa.json'])
        expect(place.has('notes.txt'), what).toBe(false)
        await next.close()
      }
      expect(states.old).toBeGreaterThan(0)
      expect(states.new).toBeGreaterThan(0)
    },
  )
})
