/** What a program does in a session's view, and what becomes of it. */
import * as nodeFs from 'node:fs'
import { basename, dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Change, SessionStatus } from '../../lib/index.js'
import type { Session } from '../../lib/session.js'
import { book, lowerOf, paths, places, plan, scene } from '../rules/support/places.js'
import { fileSystems } from '../support/file-systems.js'
import { freeze } from '../support/layers.js'
import { textOf } from './support/shell.js'
import { keepViewsTogether, namedWays } from './support/ways.js'

const [[, onDisk]] = fileSystems as [(typeof fileSystems)[0]]

keepViewsTogether()

describe.each(namedWays)('a view by %s', (_name, { isHere, name, run, sh }) => {
  if (!isHere) return it.skip('is not to be had', () => {})
  const place = places(onDisk)
  const isCommand = name === 'kernel-overlay'

  async function changesOf(session: Session): Promise<SessionStatus['changes']> {
    return (await session.status()).changes
  }

  it('V2, C3: what a program creates, changes, deletes, renames, links and makes executable is in the session alone', async () => {
    const { start, root, fs, ...rest } = place()
    const before = lowerOf({ fs, root, ...rest })
    const session = await start()
    const result = await sh(
      session,
      `echo new > new.txt; echo more >> notes.txt; rm ${plan}; mkdir -p deep/er; echo x > deep/er/file
       chmod +x context/characters/alexa.json; ln -s notes.txt link; ln new.txt other; mkdir empty
       mv acts/act-1/chapters/chapter-01 acts/act-1/chapters/chapter-02`,
    )
    expect(result).toMatchObject({ exitCode: 0, signal: null, session: 'first', leftOut: [], endedWithIt: 0 })
    expect(lowerOf({ fs, root, ...rest })).toEqual(before)
    const moved = scene.replace('chapter-01', 'chapter-02')
    const { created, modified, deleted } = await changesOf(session)
    expect(paths(created)).toEqual(
      expect.arrayContaining(['deep/er/file', 'empty', 'link', 'new.txt', 'other', moved]),
    )
    expect(paths(modified).sort()).toEqual(['context/characters/alexa.json', 'notes.txt'])
    expect(paths(deleted)).toEqual(expect.arrayContaining([plan, scene]))
    expect(await session.fs.readFile('notes.txt', 'utf8')).toBe('remember the lamp\nmore\n')
    expect((await session.fs.stat('context/characters/alexa.json')).mode & 0o777).toBe(0o755)
    await session.commit()
    expect(fs.readFileSync(`${root}/${moved}`, 'utf8')).toBe(book[scene])
    expect(fs.readlinkSync(`${root}/link`)).toBe('notes.txt')
    expect(fs.existsSync(`${root}/${plan}`)).toBe(false)
    expect(fs.statSync(`${root}/context/characters/alexa.json`).mode & 0o777).toBe(0o755)
  })

  it.runIf(isCommand)('keeps what a command says for whoever reads it after its end', async () => {
    const session = await place().start()
    const running = await session.run('sh', ['-c', 'echo said; echo wrong >&2'], { stdio: 'pipe' })
    await running.done
    expect([await textOf(running.stdout), await textOf(running.stderr)]).toEqual(['said\n', 'wrong\n'])
  })

  it("V1: shows what the session has changed before; to a command, at the workspace's own path", async () => {
    const { start, root } = place()
    const session = await start()
    await session.write('notes.txt', 'in the session\n')
    await session.write('acts/new/scene.md', 'new\n')
    await session.remove(plan)
    await session.fs.rm('context', { recursive: true })
    const { stdout } = await sh(
      session,
      'pwd; cat notes.txt acts/new/scene.md; ls acts/act-1; ls -d context || echo gone; echo $COWRITE_SESSION',
    )
    const [folder, ...lines] = stdout.split('\n')
    if (isCommand) expect(folder).toBe(root)
    else
      expect([basename(folder ?? ''), dirname(folder ?? '') === dirname(root)]).toEqual([
        basename(root),
        false,
      ])
    expect(lines).toEqual(['in the session', 'new', 'chapters', 'gone', 'first', ''])
  })

  it('V2, C4: what the session has already is written in place, appended to and replaced', async () => {
    const { start } = place()
    const session = await start()
    await sh(session, 'echo one > in-place; echo one > appended; echo one > replaced; echo one > mode')
    await sh(
      session,
      `printf two | dd of=in-place conv=notrunc status=none; echo two >> appended
       echo two > aside; mv aside replaced; chmod 600 mode`,
    )
    const read = (path: string) => session.fs.readFile(path, 'utf8')
    expect(await read('in-place')).toBe('two\n')
    expect(await read('appended')).toBe('one\ntwo\n')
    expect(await read('replaced')).toBe('two\n')
    expect((await session.fs.stat('mode')).mode & 0o777).toBe(0o600)
    expect(paths((await changesOf(session)).created)).not.toContain('aside')
  })

  it('V2: a second name that a command gave a live file is a file like any other for the next command', async () => {
    const { start, root, fs } = place()
    const session = await start()
    await sh(session, 'ln notes.txt other; cp -al acts again')
    const { stdout, exitCode } = await sh(
      session,
      'cat notes.txt other; echo more >> other; tail -n 1 other; tar -cf - . | wc -c >&2; cmp acts/act-1/plan.md again/act-1/plan.md',
    )
    expect([exitCode, stdout]).toEqual([0, 'remember the lamp\nremember the lamp\nmore\n'])
    expect(fs.readFileSync(`${root}/notes.txt`, 'utf8')).toBe('remember the lamp\n')
  })

  it('V2, C3: a file that is written back to what it was, or only touched, makes no change', async () => {
    const { start } = place()
    const session = await start()
    await sh(session, `touch ${scene}; cp notes.txt kept; echo x >> notes.txt; echo y > new; rm new`)
    expect(paths((await changesOf(session)).modified)).toEqual(['notes.txt'])
    await sh(session, 'cat kept > notes.txt; rm kept')
    expect(await changesOf(session)).toEqual({ modified: [], created: [], deleted: [] })
  })

  it('V2: a file becomes a folder, a folder a file, a link a file, and a folder is made anew', async () => {
    const { start, root, fs } = place({ ...book, 'd/one': '1', 'd/two': '2', 'e/one': '1' })
    fs.symlinkSync('notes.txt', `${root}/link`)
    const session = await start()
    await sh(
      session,
      `rm notes.txt; mkdir notes.txt; echo in > notes.txt/in; rm -r e; echo file > e
       rm link; echo file > link; rm -r d; mkdir d; echo 3 > d/three`,
    )
    await session.commit()
    expect(fs.readFileSync(`${root}/notes.txt/in`, 'utf8')).toBe('in\n')
    expect(fs.readFileSync(`${root}/e`, 'utf8')).toBe('file\n')
    expect(fs.lstatSync(`${root}/link`).isFile()).toBe(true)
    expect(fs.readdirSync(`${root}/d`)).toEqual(['three'])
  })

  it('V1: a folder that the session has made anew stays what it is in the next view', async () => {
    const { start } = place({ 'd/one': '1', 'd/two': '2', 'd/deep/three': '3' })
    const session = await start()
    await sh(session, 'rm -r d; mkdir d; echo 3 > d/three')
    const { stdout } = await sh(session, 'ls d; rm -r d; ls -d d || echo gone')
    expect(stdout).toBe('three\ngone\n')
    expect((await sh(session, 'ls -d d || echo gone')).stdout).toBe('gone\n')
  })

  it('V2: takes names as they are: with blanks, line breaks, quotes, and those that cowrite has for itself', async () => {
    const { start, root, fs } = place()
    const names = [
      'a b',
      'line\nbreak',
      '"quoted"',
      'back\\slash',
      'session.json',
      '~session.json',
      '-rf',
      'é',
    ]
    const session = await start()
    await run(session, 'sh', ['-c', 'for name; do echo "$name" > "./$name"; done', '-', ...names])
    await session.commit()
    for (const name of names) expect(fs.readFileSync(`${root}/${name}`, 'utf8')).toBe(`${name}\n`)
  })

  it('V2: takes names that are no text: as bytes, into the session and out of it', async () => {
    const { start, root, fs } = place()
    const session = await start()
    await sh(
      session,
      String.raw`d=$(printf 'a\377b'); mkdir "$d"; echo x > "$d/$(printf '\200')"; ln -s "$d" link`,
    )
    expect((await sh(session, String.raw`cat link/*; cat "$(printf 'a\377b/\200')"`)).stdout).toBe('x\nx\n')
    await session.commit()
    const names = fs.readdirSync(root, { encoding: 'buffer' }).map((name) => name.toString('latin1'))
    expect(names).toContain('a\xffb')
    const inside = Buffer.from(`${root}/a\xffb/\x80`, 'latin1')
    const path = Buffer.concat([
      Buffer.from(`${root}/`),
      inside.subarray(Buffer.byteLength(`${root}/`, 'latin1')),
    ])
    expect(fs.readFileSync(path, 'utf8')).toBe('x\n')
  })

  it('V3: leaves out what is no file of a session, and says so', async () => {
    const { start, root, fs } = place()
    fs.mkdirSync(`${root}/.git`)
    fs.writeFileSync(`${root}/.git/config`, 'real')
    const session = await start()
    const { leftOut } = await sh(session, 'mkfifo fifo; echo x > set-uid; chmod 4755 set-uid')
    expect(leftOut).toEqual([{ path: 'fifo', reason: 'a FIFO', code: 'WRONG_KIND', savedTo: null }])
    expect((await session.fs.stat('set-uid')).mode & 0o7777).toBe(0o755)
  })

  it('V2, C8: a file that a program moved is known as moved, where the view or the content can tell it', async () => {
    const { start } = place({ ...book, 'one.md': '1', 'two.md': '2', 'gone.md': '3' })
    const session = await start()
    await session.write('two.md', 'session')
    await sh(session, 'mv one.md first.md; mv two.md second.md; rm gone.md; echo 3 > anew.md')
    const { created, deleted } = await changesOf(session)
    expect(paths(created).sort()).toEqual(['anew.md', 'first.md', 'second.md'])
    expect(paths(deleted).sort()).toEqual(['gone.md', 'one.md', 'two.md'])
    const moves = created.flatMap(({ path, movedFrom }) =>
      movedFrom === undefined ? [] : [[movedFrom, path]],
    )
    // A copy has no traces of a move, and what the session changed itself no likeness in lower.
    const byContent = [['one.md', 'first.md']]
    expect(moves.sort()).toEqual(name === 'copy' ? byContent : [...byContent, ['two.md', 'second.md']])
    expect((await session.preview()).conflicts).toEqual([])
  })

  it('V3, P3: leaves a folder that holds what is protected, also where a file took its place; all else comes in', async () => {
    const { start } = place({ ...book, 'kept/.git/config': 'own', 'kept/a.txt': 'a' })
    const session = await start()
    const { leftOut } = await sh(session, 'rm -rf kept; echo x > kept; echo x > fine')
    expect(paths(leftOut)).toContain('kept')
    expect(paths((await changesOf(session)).created)).toEqual(['fine'])
  })

  it('V3: leaves what the config protects as it is', async () => {
    const { open, start, root, fs } = place({ ...book, 'secret/key': 'k', 'fixed.txt': 'f', 'firm.txt': 'f' })
    await (await open()).initialize()
    const config = { cowrite: 1, protected: ['secret'], read_only: ['fixed.txt', 'firm.txt'] }
    fs.writeFileSync(`${root}/workspace/config.json`, JSON.stringify(config))
    const session = await start()
    const { leftOut } = await sh(
      session,
      'echo x > secret/key; echo x > fixed.txt; rm firm.txt; echo x > fine',
    )
    expect(paths(leftOut).sort()).toEqual(['firm.txt', 'fixed.txt', 'secret'])
    expect(leftOut.find(({ path }) => path === 'firm.txt')?.reason).toBe(
      'read-only by the config, so not deleted',
    )
    expect((await changesOf(session)).deleted).toEqual([])
    expect(paths((await changesOf(session)).created)).toEqual(['fine'])
    expect(fs.readFileSync(`${root}/secret/key`, 'utf8')).toBe('k')
  })

  it('V3, P3: leaves what the session may not write as it is', async () => {
    const { open, root, fs } = place({ ...book, 'd/one': '1', 'fixed.txt': 'f' })
    const session = (await (
      await open()
    ).start('limited', {
      allowedPaths: ['d/**', 'fixed.txt'],
      readOnlyPaths: ['fixed.txt'],
    })) as Session
    const { leftOut } = await sh(
      session,
      'echo x > d/new; echo x > fixed.txt; rm notes.txt; echo x > out.txt',
    )
    expect(paths(leftOut).sort()).toEqual(['fixed.txt', 'notes.txt', 'out.txt'])
    expect(leftOut.every(({ reason }) => reason.startsWith('outside of what the session may write'))).toBe(
      true,
    )
    expect(await changesOf(session)).toMatchObject({ modified: [], deleted: [] })
    expect(paths((await changesOf(session)).created)).toEqual(['d/new'])
    expect(fs.existsSync(`${root}/notes.txt`)).toBe(true)
  })

  it('V2, C2: a live file that a person changed while the command ran is no base, but a conflict', async () => {
    const { start, root, fs } = place({ ...book, 'd/one': '1', 'd/two': '2' })
    const session = await start()
    await run(session, 'sh', ['-c', 'read go; echo mine > notes.txt; rm -r d; echo x > other'], {
      meanwhile() {
        fs.writeFileSync(`${root}/notes.txt`, 'theirs\n')
        fs.writeFileSync(`${root}/d/two`, 'theirs\n')
      },
    })
    const { conflicts, changes } = await session.status()
    expect(paths(conflicts).sort()).toEqual(['d/two', 'notes.txt'])
    expect(paths(changes.created)).toContain('other')
    await expect(session.commit()).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  it.runIf(isCommand)(
    'V4: shows the state folder as it is, and lets nobody write there; scratch is in its place',
    async () => {
      const { open, root, fs } = place()
      const workspace = await open()
      await (await workspace.start('secret')).write('hidden.txt', 'of another session')
      const session = (await workspace.start('first')) as Session
      const { stdout } = await sh(
        session,
        `ls workspace/sessions; cat workspace/config.json > /dev/null; rm -rf workspace/* 2>/dev/null || echo kept
       echo scratch > artifacts/scratch; grep -r "of another" . || echo "not to be found"`,
      )
      expect(stdout).toBe('first\nkept\nnot to be found\n')
      expect(fs.readdirSync(`${root}/workspace/sessions`).sort()).toEqual(['first', 'secret'])
      expect(fs.readFileSync(`${root}/workspace/sessions/first/artifacts/scratch`, 'utf8')).toBe('scratch\n')
      expect(await changesOf(session)).toEqual({ modified: [], created: [], deleted: [] })
    },
  )

  it('V1, S6: a frozen layer is read in the view, and nothing of it is ever written', async () => {
    const where = place()
    const { open, root, fs } = where
    const workspace = await open()
    const parent = await workspace.start('parent')
    await parent.write('notes.txt', "the parent's\n")
    await parent.write('gone.txt', 'x')
    await parent.close()
    await workspace.close()
    freeze(where, 'parent', 'child', 'layer-1')
    const child = (await (await open()).session('child')) as Session
    const { stdout } = await sh(child, 'cat notes.txt; echo of the child > notes.txt; rm gone.txt')
    expect(stdout).toBe("the parent's\n")
    const frozen = `${root}/workspace/sessions/child/.cowrite/layers/layer-1/notes.txt`
    expect(fs.readFileSync(frozen, 'utf8')).toBe("the parent's\n")
    expect(await child.fs.readFile('notes.txt', 'utf8')).toBe('of the child\n')
    expect((await sh(child, 'cat notes.txt; ls gone.txt || echo gone')).stdout).toBe('of the child\ngone\n')
  })

  it.runIf(isCommand)(
    'V5: what a folder from elsewhere brings in the place of a view keeps nobody out',
    async () => {
      const { start, open, root, fs } = place()
      await (await start()).close()
      const view = `${root}/workspace/views/first`
      for (const [name, content] of [
        ['view.json', '[1'],
        ['view.json', '{"process":7}'],
        ['keeper.json', 'null'],
      ]) {
        fs.mkdirSync(`${view}/upper`, { recursive: true })
        fs.writeFileSync(`${view}/${name}`, content as string)
        const session = (await (await open()).session('first')) as Session
        expect((await sh(session, 'cat notes.txt')).stdout).toBe(book['notes.txt'])
        await session.close()
      }
      fs.mkdirSync(view)
      fs.writeFileSync(`${view}/shown`, '')
      fs.symlinkSync('/', `${view}/upper`)
      const workspace = await open()
      await expect(workspace.session('first')).rejects.toMatchObject({ code: 'CORRUPT' })
      const { findings } = await workspace.recover('first')
      expect(findings.join()).toContain('could not be brought in')
      expect((await sh((await workspace.session('first')) as Session, 'cat notes.txt')).exitCode).toBe(0)
    },
  )

  it('leaves nothing in the state folder when it has ended', async () => {
    const { start, root, fs } = place()
    const session = await start()
    await sh(session, 'mkdir closed; echo x > closed/file; chmod 0 closed')
    expect(fs.readdirSync(`${root}/workspace/views`)).toEqual([])
    expect(fs.readdirSync(`${root}/workspace/trash`)).toEqual([])
    const [folder] = (await changesOf(session)).created as [Change]
    expect(folder.path).toBe('closed/file')
  })
})

describe('where there is no way to make a view', () => {
  it('V1: a workspace in memory says what it cannot do', async () => {
    const [, [, inMemory]] = fileSystems as [unknown, (typeof fileSystems)[0]]
    const session = await places(inMemory)().start()
    await expect(session.run('true')).rejects.toMatchObject({ code: 'UNSUPPORTED', data: { what: 'run' } })
  })

  it('V1: a machine without the means for it says so, and the session is as it was', async () => {
    const place = places(onDisk)()
    const session = await place.start()
    const running = session.run('true', [], { env: { PATH: '/nowhere' } })
    await expect(running).rejects.toMatchObject({ code: 'UNSUPPORTED', data: { what: 'run' } })
    expect(nodeFs.readdirSync(`${place.root}/workspace/views`)).toEqual([])
    expect((await session.status()).changes.created).toEqual([])
  })
})
