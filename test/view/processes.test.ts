/** Several processes and a view: signals, crashes, two at once, and cowrite itself inside. */
import * as nodeFs from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Session } from '../../lib/session.js'
import { killAt } from '../rules/support/children.js'
import { book, type Place, paths, places } from '../rules/support/places.js'
import { builtLibrary } from '../support/built.js'
import { fileSystems } from '../support/file-systems.js'
import { canMount, here } from './support/mounts.js'
import { run, sh } from './support/shell.js'

const [[, onDisk]] = fileSystems as [(typeof fileSystems)[0]]

describe.runIf(canMount)(`processes and a view, ${here}`, () => {
  const place = places(onDisk)

  /** Runs JavaScript in the view, with the library and a `workspace` that is opened there. */
  async function inside(session: Session, body: string, options: object = {}) {
    const program = `
      import * as fs from 'node:fs'
      import { openWorkspace } from ${JSON.stringify(builtLibrary())}
      const workspace = await openWorkspace(process.env.COWRITE_WORKSPACE, ${JSON.stringify(options)})
      const session = await workspace.session(process.env.COWRITE_SESSION)
      ${body}
      await workspace.close()`
    return run(session, process.execPath, ['--input-type=module', '--eval', program])
  }

  async function until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await setTimeout(10)
  }

  it("V1: the command's exit status and the signal that ended it are told", async () => {
    const session = await place().start()
    expect(await sh(session, 'exit 7')).toMatchObject({ exitCode: 7, signal: null })
    expect(await sh(session, 'kill -9 $$')).toMatchObject({ exitCode: null, signal: 'SIGKILL' })
    expect(await run(session, 'no-such-program', [])).toMatchObject({ exitCode: 127 })
    const running = await session.run('sh', ['-c', 'trap "echo told > told; exit 3" TERM; echo; read x'], {
      stdio: 'pipe',
    })
    running.stdout?.once('data', () => running.kill('SIGTERM'))
    running.stdin?.end()
    const waiting = await session.run('sleep', ['60']).catch((error: unknown) => error)
    expect(waiting).toMatchObject({ code: 'LOCKED', data: { session: 'first' } })
    await running.done
  })

  it('V1: a signal is for the command, and what it still writes comes in', async () => {
    const session = await place().start()
    const script = 'trap "echo told > told; exit 3" TERM; echo ready; while :; do sleep 0.02; done'
    const running = await session.run('sh', ['-c', script], { stdio: 'pipe' })
    running.stdout?.once('data', () => running.kill('SIGTERM'))
    expect(await running.done).toMatchObject({ exitCode: 3 })
    expect(await session.fs.readFile('told', 'utf8')).toBe('told\n')
  })

  it('V5: one command at a time runs in a session, and others in other sessions', async () => {
    const { open } = place()
    const workspace = await open()
    const [one, two] = [await workspace.start('one'), await workspace.start('two')] as [Session, Session]
    const running = await one.run('sh', ['-c', 'read go; echo 1 > same'], { stdio: 'pipe' })
    const other = (await (await open()).session('one')) as Session
    await expect(other.run('true')).rejects.toMatchObject({ code: 'LOCKED', data: { session: 'one' } })
    await sh(two, 'echo 2 > same')
    running.stdin?.end('go\n')
    await running.done
    await sh(other, 'cat same')
    expect(await one.fs.readFile('same', 'utf8')).toBe('1\n')
    expect(await two.fs.readFile('same', 'utf8')).toBe('2\n')
  })

  it('V5: what a command leaves at work has a second, and is ended', async () => {
    const session = await place().start()
    expect(await sh(session, '(sleep 0.2; echo late > late) > /dev/null 2>&1 &')).toMatchObject({
      endedWithIt: 0,
    })
    expect(await session.fs.readFile('late', 'utf8')).toBe('late\n')
    const { endedWithIt } = await sh(
      session,
      '(trap "" HUP; sleep 60; echo never > never) > /dev/null 2>&1 &',
    )
    expect(endedWithIt).toBeGreaterThan(0)
    expect(paths((await session.status()).changes.created)).toEqual(['late'])
  })

  it('V4, S2: cowrite inside sees the session of the view, the real workspace, and what was written a moment ago', async () => {
    const { start, open } = place()
    const session = await start()
    await (await open()).start('active')
    await session.write('notes.txt', 'in the session\n')
    const { stdout, stderr } = await inside(
      session,
      `fs.writeFileSync('from-inside', 'x')
       fs.appendFileSync('notes.txt', 'more')
       const { changes } = await session.status()
       console.log(session.name, changes.created.map(({ path }) => path).join(), changes.modified.length)
       console.log((await session.diff({ files: ['notes.txt'] }))[0].patch.includes('-remember the lamp'))
       console.log((await session.read('from-inside')).content, (await workspace.list()).count)
       fs.mkdirSync('made/here', { recursive: true })
       fs.writeFileSync('made/here/a', 'a')
       fs.writeFileSync('made/b', 'b')
       fs.rmSync('context', { recursive: true })
       console.log((await session.read('made/here/a')).content, (await session.read('made/b')).content)
       fs.rmSync('made/b')
       await session.read('made/b').catch(({ code }) => console.log(code))
       await session.read('context/characters/alexa.json').catch(({ code }) => console.log(code))
       fs.rmSync('made', { recursive: true })
       await session.write('notes.txt', 'by the library')
       await session.write('new/by-library', 'y')
       await session.remove('acts')
       await session.move('from-inside', 'new/moved')
       console.log(fs.readFileSync('notes.txt', 'utf8'), fs.readdirSync('new').join(), fs.existsSync('acts'), fs.existsSync('from-inside'))
       fs.appendFileSync('notes.txt', ', and on')
       fs.writeFileSync('acts', 'a file now')
       const unnamed = await openWorkspace(process.env.COWRITE_WORKSPACE)
       console.log((await unnamed.session()).name)
       await unnamed.close()`,
    )
    expect(stderr).toBe('')
    expect(stdout).toBe(
      'first from-inside 1\ntrue\nx 2\na b\nNOT_FOUND\nNOT_FOUND\nby the library by-library,moved false false\nfirst\n',
    )
    expect(await session.fs.readFile('notes.txt', 'utf8')).toBe('by the library, and on')
    expect(await session.fs.readFile('acts', 'utf8')).toBe('a file now')
    expect((await session.fs.readdir('new')).sort()).toEqual(['by-library', 'moved'])
  })

  it('V4: a session that is committed from inside ends, and what is written after that is in a new one', async () => {
    const { start, open, read, has } = place()
    const session = await start()
    const { stderr, session: after } = await inside(
      session,
      `fs.writeFileSync('committed', 'x')
       fs.writeFileSync('again', 'x')
       await session.commit()
       fs.writeFileSync('again', 'y')
       fs.writeFileSync('later', 'z')`,
    )
    expect(stderr).toBe('')
    expect(read('committed')).toBe('x')
    expect(has('later')).toBe(false)
    expect(after).toBe('first-2')
    const next = await (await open()).session('first-2')
    expect((await next.status()).changes).toMatchObject({
      created: [{ path: 'later' }],
      modified: [{ path: 'again' }],
    })
    expect((await next.status()).conflicts).toEqual([])
  })

  it('V4: a session that is cancelled from inside takes with it what it had', async () => {
    const { start, open, has } = place()
    const session = await start()
    const { session: after } = await inside(
      session,
      "fs.writeFileSync('gone', 'x'); await session.status(); await workspace.cancel('first')",
    )
    expect(after).toBe(null)
    expect(has('gone')).toBe(false)
    expect((await (await open()).list()).count).toBe(0)
  })

  it('V5: a command in the view can run another in the view of another session', async () => {
    const { start, open, read } = place()
    const workspace = await open()
    const other = (await workspace.start('other')) as Session
    const session = (await start('first')) as Session
    const { stdout, stderr } = await inside(
      session,
      `fs.writeFileSync('outer', 'x')
       const other = await workspace.session('other')
       const running = await other.run('sh', ['-c', 'ls outer || echo unseen; echo y > inner'], { stdio: 'pipe' })
       for await (const text of running.stdout) console.log(text.toString().trim())
       console.log((await running.done).session)`,
    )
    expect([stdout, stderr]).toEqual(['unseen\nother\n', ''])
    expect(await other.fs.readFile('inner', 'utf8')).toBe('y\n')
    expect(paths((await session.status()).changes.created)).toEqual(['outer'])
    expect(read('notes.txt')).toBe(book['notes.txt'])
  })

  it('V5: a command in the view of a session can run another there', async () => {
    const session = await place().start()
    const { stdout, stderr } = await inside(
      session,
      `fs.writeFileSync('outer', 'x')
       const running = await session.run('sh', ['-c', 'cat outer; echo y > inner; exit 3'], { stdio: 'pipe' })
       for await (const text of running.stdout) console.log(text.toString())
       const { exitCode, session: name } = await running.done
       console.log(exitCode, name, fs.readFileSync('inner', 'utf8').trim())
       const missing = await session.run('no-such-program')
       console.log((await missing.done).exitCode)`,
    )
    expect([stdout, stderr]).toEqual([
      'x\n3 first y\n127\n',
      'cowrite run: no-such-program: command not found\n',
    ])
    expect(paths((await session.status()).changes.created)).toEqual(['inner', 'outer'])
  })

  describe('V5, S3: when cowrite is killed', () => {
    const body = (script: string): string => `
      const session = await workspace.session('first')
      const running = await session.run('sh', ['-c', ${JSON.stringify(script)}], { stdio: 'pipe' })
      for await (const text of running.stdout) print(text.toString().trim())`
    const write = 'echo x > written; echo more >> notes.txt; rm -r acts; echo ready'

    async function expectAllThere({ open, fs, root }: Place): Promise<void> {
      await until(() => !isAnybodyAtWork(fs.realpathSync(root)))
      const session = (await (await open()).session('first')) as Session
      expect(session.opening.recovered).toBe(true)
      const { changes, conflicts } = await session.status()
      expect(conflicts).toEqual([])
      expect(paths(changes.created)).toEqual(['written'])
      expect(paths(changes.modified)).toEqual(['notes.txt'])
      expect(changes.deleted.length).toBeGreaterThan(2)
      expect(fs.readdirSync(`${root}/workspace/views`)).toEqual([])
    }

    /** Whether a process sees a view of this workspace. */
    function isAnybodyAtWork(root: string): boolean {
      const escaped = root.replaceAll(' ', '\\040')
      return processes().some((mounts) => mounts.includes(` ${escaped} `) && mounts.includes('cowrite:'))
    }

    it('what was on disk comes in with the next who opens it; what runs in the background is ended, and writes nothing unseen', async () => {
      const where = place()
      await (await where.start()).close()
      await killAt(where.root, body(`${write}; (sleep 60; echo x > unseen) & wait`), 'ready')
      await expectAllThere(where)
    })

    it('whoever has the session open already finds it, too, and no commit ends the session without it', async () => {
      const where = place()
      const session = await where.start()
      await killAt(where.root, body(`${write}; sleep 60`), 'ready')
      await until(() => !isAnybodyAtWork(where.fs.realpathSync(where.root)))
      await session.commit()
      expect(where.read('written')).toBe('x\n')
    })

    it('recover brings in what was written, and says so', async () => {
      const where = place()
      await (await where.start()).close()
      await killAt(where.root, body(`${write}; sleep 60`), 'ready')
      const { fs, root } = where
      await until(() => !isAnybodyAtWork(fs.realpathSync(root)))
      const { findings, status } = await (await where.open()).recover('first')
      expect(status).toBe('ACTIVE')
      expect(findings).toContain('what a command had written in the view was brought in')
    })
  })
})

function processes(): string[] {
  return nodeFs.readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      return [nodeFs.readFileSync(`/proc/${name}/mountinfo`, 'utf8')]
    } catch {
      return [] // It has ended meanwhile.
    }
  })
}
