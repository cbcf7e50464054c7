import { execFileSync } from 'node:child_process'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { fileSystems } from '../support/file-systems.js'
import { codeOf, lowerOf, paths, places, plan, scene, thrownBy } from './support/places.js'

const hostile: [path: string, code: string][] = [
  ['', 'INVALID_INPUT'],
  ['a\0b', 'INVALID_INPUT'],
  ['acts\\plan.md', 'INVALID_INPUT'],
  [`${'x'.repeat(256)}.md`, 'INVALID_INPUT'],
  [`${'é'.repeat(128)}.md`, 'INVALID_INPUT'],
  [`${'deep/'.repeat(900)}x`, 'INVALID_INPUT'],
  ['/etc/passwd', 'PATH_ESCAPE'],
  ['//server/share/x', 'PATH_ESCAPE'],
  ['C:/Windows/x', 'PATH_ESCAPE'],
  ['C:\\Windows\\x', 'PATH_ESCAPE'],
  ['c:x', 'PATH_ESCAPE'],
  ['./C:/Windows/x', 'PATH_ESCAPE'],
  ['acts/../c:x', 'PATH_ESCAPE'],
  ['\\\\server\\share', 'PATH_ESCAPE'],
  ['..', 'PATH_ESCAPE'],
  ['../outside.md', 'PATH_ESCAPE'],
  ['acts/../../outside.md', 'PATH_ESCAPE'],
  ['acts\\..\\..\\outside.md', 'PATH_ESCAPE'],
  ['.git/config', 'PATH_PROTECTED'],
  ['acts/.git/hooks/pre-commit', 'PATH_PROTECTED'],
  ['acts/.GIT/config', 'PATH_PROTECTED'],
  ['workspace/config.json', 'PATH_PROTECTED'],
  ['workspace/sessions/first/notes.txt', 'PATH_PROTECTED'],
  ['acts/../workspace/session.lock', 'PATH_PROTECTED'],
  ['./workspace', 'PATH_PROTECTED'],
]

const breaking = [
  'con',
  'NUL.txt',
  'com1.md',
  'LPT¹',
  'conin$',
  'ends with a dot.',
  'ends with a space ',
  'a:b',
  'a<b',
  'a>b',
  'a"b',
  'a|b',
  'a?b',
  'a*b',
  'a\nb',
  'a\u0007b',
  'a\u202Eb',
  'a\u2066b',
  'GIT~1',
  'cowrit~2',
  'worksp~1',
  'lone \ud800 surrogate',
  '.g\u200cit',
  '\ufeff.git',
  '.co\u00adwrite',
]

describe.each(fileSystems)('paths, on %s', (name, open) => {
  const make = places(open)

  it('P1: a path that is none is refused by every call, in a sentence, before any file is touched', async () => {
    const place = make()
    const session = await place.start()
    // A first write leaves the note that this process is at work here; session.json follows it later. What was refused
    // is logged.
    await session.write('notes.txt', 'changed')
    const everything = () => {
      const found = Object.entries(lowerOf(place, 'nothing'))
      return found.filter(
        ([path]) => !/(sessions\/first(\/session\.json|\/\.cowrite\/tmp)?|operations\.jsonl)$/.test(path),
      )
    }
    const before = everything()
    for (const [path, code] of hostile) {
      const calls = {
        read: () => session.read(path),
        write: () => session.write(path, 'x'),
        edit: () => session.edit(path, 'a', 'b'),
        remove: () => session.remove(path),
        moveFrom: () => session.move(path, 'elsewhere.md'),
        moveTo: () => session.move('notes.txt', path),
        retry: () => session.retry(path, 'a reason'),
      }
      for (const [call, run] of Object.entries(calls)) {
        const error = await thrownBy(run())
        expect(error.code, `${call} of ${JSON.stringify(path.slice(0, 40))}`).toBe(code)
        expect(error.message).toMatch(/^\S.* .*\S$/s)
      }
    }
    expect(everything()).toEqual(before)
  })

  it('P1: a path is normalized', async () => {
    const session = await make().start()
    expect((await session.read('./acts//act-1/./chapters/../plan.md')).filePath).toBe(plan)
    expect((await session.write('acts/x/../y.md', 'y')).filePath).toBe('acts/y.md')
    expect(await codeOf(session.read(7 as never))).toBe('INVALID_INPUT')
  })

  it('P2: a link that is put in place of a folder afterwards leads no write out', async () => {
    const place = make()
    const outside = `${place.root}-outside`
    place.fs.mkdirSync(outside)
    const session = await place.start()
    await session.write('acts/act-1/new.md', 'new')
    await session.write(plan, 'changed')
    place.fs.renameSync(`${place.root}/acts`, `${place.root}/acts-moved`)
    place.fs.symlinkSync(outside, `${place.root}/acts`)
    await session
      .commit()
      .catch((error: { code: string }) => expect(error.code).toMatch(/CONFLICT|PATH_ESCAPE/))
    expect(place.fs.readdirSync(outside)).toEqual([])
    expect(await codeOf(session.read('acts/act-1/chapters/x.md'))).toBe('PATH_ESCAPE')
    expect(await codeOf(session.write('acts/another.md', 'x'))).toBe('PATH_ESCAPE')
    expect(place.fs.readdirSync(outside)).toEqual([])
    place.fs.rmSync(outside, { recursive: true })
  })

  it('P2: a link in place of an upper folder leads no write out either', async () => {
    const place = make()
    const outside = `${place.root}-outside`
    place.fs.mkdirSync(outside)
    const session = await place.start()
    place.fs.rmSync(`${place.root}/workspace/sessions/first/acts`, { recursive: true })
    place.fs.symlinkSync(outside, `${place.root}/workspace/sessions/first/acts`)
    await codeOf(session.write('acts/x.md', 'x'))
    expect(place.fs.readdirSync(outside)).toEqual([])
    place.fs.rmSync(outside, { recursive: true })
  })

  it('P3: what is protected is neither listed nor found', async () => {
    const place = make({ 'acts/.git/HEAD': 'ref: needle', '.git/config': 'needle', 'notes.txt': 'needle' })
    const session = await place.start()
    const { entries } = await session.files({ recursive: true, limit: 1_000 })
    const listed = entries.map(({ filePath }) => filePath)
    expect(listed.filter((path) => path.includes('.git') || path.startsWith('workspace'))).toEqual([])
    const { matches } = await session.search('needle')
    expect(matches.map(({ filePath }) => filePath)).toEqual(['notes.txt'])
    expect(await codeOf(session.remove('acts')), 'a folder that holds it').toBe('PATH_PROTECTED')
    expect(await codeOf(session.move('acts', 'parts')), 'a folder that holds it').toBe('PATH_PROTECTED')
    expect((await session.status()).changes).toEqual({ modified: [], created: [], deleted: [] })
  })

  it('P3: a folder in which something is read-only, or another workspace, is neither deleted nor moved', async () => {
    const place = make({
      'books/canon/bible.md': 'canon',
      'books/x.md': 'x',
      'inner/workspace/config.json': '{',
    })
    await (await place.open()).initialize()
    place.put('workspace/config.json', JSON.stringify({ cowrite: 1, read_only: ['books/canon/bible.md'] }))
    place.put('inner/workspace/config.json', place.read('workspace/config.json'))
    const session = await place.start()
    for (const folder of ['books', 'books/canon', 'inner']) {
      expect(await codeOf(session.remove(folder)), folder).toBe('PATH_PROTECTED')
      expect(await codeOf(session.fs.rm(folder, { recursive: true })), folder).not.toBe('')
      expect(await codeOf(session.move(folder, 'elsewhere')), folder).toBe('PATH_PROTECTED')
    }
    expect((await session.status()).changes).toEqual({ modified: [], created: [], deleted: [] })
  })

  it('P3: the config protects more, and makes paths read-only', async () => {
    const place = make({
      'secret/key.pem': 'k',
      'deep/secret.pem': 'k',
      'canon/bible.md': 'canon',
      'notes.txt': 'n',
    })
    await (await place.open()).initialize()
    const config = { cowrite: 1, protected: ['secret', '**/*.pem'], read_only: ['canon/**'] }
    place.put('workspace/config.json', JSON.stringify(config))
    const session = await place.start()
    for (const path of ['secret/key.pem', 'secret', 'deep/secret.pem', 'SECRET/other']) {
      expect(await codeOf(session.read(path)), path).toBe('PATH_PROTECTED')
      expect(await codeOf(session.write(path, 'x')), path).toBe('PATH_PROTECTED')
    }
    expect((await session.read('canon/bible.md')).content).toBe('canon')
    for (const write of [
      session.write('canon/bible.md', 'x'),
      session.write('canon/new.md', 'x'),
      session.edit('canon/bible.md', 'canon', 'x'),
      session.remove('canon/bible.md'),
      session.move('canon/bible.md', 'b.md'),
      session.move('notes.txt', 'canon/notes.txt'),
      session.remove('canon'),
      session.move('canon', 'elsewhere'),
    ])
      expect(await codeOf(write)).toBe('PATH_PROTECTED')
    expect((await session.status()).changes).toEqual({ modified: [], created: [], deleted: [] })
  })

  it('P3, T9: what is written into the config counts from the next call on, in sessions that are open, too', async () => {
    const place = make()
    const session = await place.start()
    await session.write('notes.txt', 'changed')
    const config = place.json('workspace/config.json') as object
    const confirm = 'person'
    const rules = { confirm, read_only: ['acts/**'], protected: ['context/**'] }
    place.put('workspace/config.json', JSON.stringify({ ...config, ...rules }))
    expect(await codeOf(session.write(scene, 'x'))).toBe('PATH_PROTECTED')
    expect(await codeOf(session.read('context/characters/alexa.json'))).toBe('PATH_PROTECTED')
    expect(await codeOf(session.commit())).toBe('CANCELLED')
    await new Promise((resolve) => setTimeout(resolve, 120))
    expect(await codeOf(session.fs.readFile('context/characters/alexa.json'))).toMatch(/^E[A-Z]+$/)
    place.put('workspace/config.json', JSON.stringify(config))
    await session.write(scene, 'x')
    place.put('workspace/config.json', '{ "cowrite": 1, "no_such_option": true }')
    expect(await codeOf(session.commit())).toBe('INVALID_INPUT')
    expect(place.read('notes.txt')).toBe('remember the lamp\n')
  })

  it('P4: a bare name is looked up in the session first, then in global', async () => {
    const place = make()
    const session = await place.start()
    expect((await session.retry('scene-0102.md', 'global')).filePath).toMatch(/content\/scene-0102\.md$/)
    await session.write('drafts/scene-0101.md', 'a draft')
    expect((await session.retry('scene-0101.md', 'session')).filePath).toBe('drafts/scene-0101.md')
    expect((await session.retry(scene, 'by path')).filePath).toBe(scene)
  })

  it('P4: a draft in the session is meant before a live file at the top, until that is in the session, too', async () => {
    const session = await make({ 'scene.md': 'live', 'other.md': 'live' }).start()
    await session.write('acts/scene.md', 'a draft')
    expect((await session.retry('scene.md', 'the draft')).filePath).toBe('acts/scene.md')
    expect((await session.retry('other.md', 'live')).filePath).toBe('other.md')
    await session.write('scene.md', 'a draft of that')
    expect((await session.retry('scene.md', 'the one at the top')).filePath).toBe('scene.md')
  })

  it('P4: several matches are listed, and none says where it was looked for', async () => {
    const session = await make({ 'a/x.md': '1', 'b/x.md': '2', 'c/y.md': '3' }).start()
    const several = await thrownBy(session.retry('x.md', 'which'))
    expect(several).toMatchObject({ code: 'NOT_FOUND', data: { candidates: ['a/x.md', 'b/x.md'] } })
    await session.write('d/y.md', 'y')
    await session.write('e/y.md', 'y')
    expect((await thrownBy(session.retry('y.md', 'which'))).data.candidates).toEqual(['d/y.md', 'e/y.md'])
    const none = await thrownBy(session.retry('z.md', 'where'))
    expect(none).toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('File not found: z.md'),
      data: {
        checked: {
          session: expect.stringContaining('workspace/sessions/first/'),
          global: expect.any(String),
        },
      },
    })
  })

  it('P5: a name that breaks elsewhere cannot be created, as a file or as a folder on the way', async () => {
    const session = await make().start()
    for (const bad of breaking) {
      for (const path of [bad, `acts/${bad}/x.md`, `acts/${bad}`])
        expect(await codeOf(session.write(path, 'x')), JSON.stringify(path)).toMatch(
          /INVALID_INPUT|PATH_ESCAPE/,
        )
      expect(await codeOf(session.move('notes.txt', bad)), JSON.stringify(bad)).toMatch(
        /INVALID_INPUT|PATH_ESCAPE/,
      )
    }
    expect((await session.status()).changes.created).toEqual([])
  })

  it('P5: files that bear such names already are listed, read, changed and committed', async () => {
    const place = make({ 'acts/what?.md': 'old', 'acts/nul.txt': 'old', 'acts/a:b': 'old', 'git~1': 'old' })
    const session = await place.start()
    const { entries } = await session.files({ recursive: true })
    for (const path of ['acts/what?.md', 'acts/nul.txt', 'acts/a:b', 'git~1']) {
      expect(entries.map(({ filePath }) => filePath)).toContain(path)
      expect((await session.read(path)).content).toBe('old')
      await session.write(path, 'new')
    }
    await session.commit()
    expect(place.read('acts/what?.md')).toBe('new')
    expect(place.read('git~1')).toBe('new')
  })

  it('P7: names, reasons and contents that are keys of every object are nothing but names', async () => {
    const place = make({ ['__proto__']: 'p', constructor: 'c', 'acts/__proto__/toString': 't' })
    const workspace = await place.open()
    for (const odd of ['constructor', '__proto__', 'hasOwnProperty']) {
      const session = await workspace.start(odd, { description: '__proto__' })
      for (const path of ['__proto__', 'constructor', 'acts/__proto__/toString', 'valueOf/__proto__'])
        await session.write(path, `${odd} ${path}`)
      await session.retry('__proto__', '__proto__')
      await session.retry('constructor', 'constructor')
      const status = await session.status()
      expect(paths(status.changes.modified).sort()).toEqual([
        '__proto__',
        'acts/__proto__/toString',
        'constructor',
      ])
      expect(paths(status.changes.created)).toEqual(['valueOf/__proto__'])
      expect(status.humanRetries.map(({ retry }) => retry)).toEqual([1, 1])
      await session.commit()
      expect(place.read('__proto__')).toBe(`${odd} __proto__`)
      await workspace.undo()
    }
    expect(place.read('__proto__')).toBe('p')
    expect(Object.keys(Object.prototype)).toEqual([])
  })

  it('P7: a chat may bear any name', async () => {
    const place = make()
    for (const chat of ['__proto__', 'constructor', 'a\nb', '🙂']) {
      const workspace = await place.open({ chat })
      const own = await workspace.start(`of-${[...chat].length}-${chat.charCodeAt(0)}`)
      await (await place.open({ chat: 'another' })).start(`other-${chat.charCodeAt(0)}`)
      expect((await workspace.session()).name, JSON.stringify(chat)).toBe(own.name)
      expect((await (await place.open({ chat })).session()).name).toBe(own.name)
    }
  })

  it('P8: a link that points inside works: the write lands on a copy of its target', async () => {
    const place = make()
    place.fs.symlinkSync('acts/act-1/plan.md', `${place.root}/plan-link.md`)
    place.fs.symlinkSync('acts/act-1', `${place.root}/first-act`)
    place.fs.symlinkSync(`${place.root}/notes.txt`, `${place.root}/absolute.txt`)
    const session = await place.start()
    expect((await session.read('plan-link.md')).filePath).toBe(plan)
    expect((await session.write('plan-link.md', 'through a link')).filePath).toBe(plan)
    expect((await session.write('first-act/new.md', 'new')).filePath).toBe('acts/act-1/new.md')
    expect((await session.write('absolute.txt', 'abs')).filePath).toBe('notes.txt')
    expect((await session.read(plan)).content).toBe('through a link')
    expect((await session.retry('plan-link.md', 'through the link')).filePath).toBe(plan)
    await session.commit()
    expect(place.fs.lstatSync(`${place.root}/plan-link.md`).isSymbolicLink()).toBe(true)
    expect(place.read(plan)).toBe('through a link')
    expect(place.read('acts/act-1/new.md')).toBe('new')
  })

  it('P8: a link that points outside is refused, read or written', async () => {
    const place = make()
    const outside = `${place.root}-outside`
    place.fs.mkdirSync(outside)
    place.fs.writeFileSync(`${outside}/secret.md`, 'secret')
    place.fs.symlinkSync(outside, `${place.root}/out`)
    place.fs.symlinkSync(`${outside}/secret.md`, `${place.root}/secret-link.md`)
    place.fs.symlinkSync('../a book, été-outside/secret.md', `${place.root}/relative.md`)
    const session = await place.start()
    for (const path of ['out/secret.md', 'secret-link.md', 'relative.md', 'out/new.md']) {
      expect(await codeOf(session.read(path)), path).toBe('PATH_ESCAPE')
      expect(await codeOf(session.write(path, 'x')), path).toBe('PATH_ESCAPE')
      expect(await codeOf(session.retry(path, 'x')), path).toBe('PATH_ESCAPE')
    }
    expect(place.fs.readFileSync(`${outside}/secret.md`, 'utf8')).toBe('secret')
    expect(place.fs.readdirSync(outside)).toEqual(['secret.md'])
    place.fs.rmSync(outside, { recursive: true })
  })

  it('P8: the opened path, not the asked one, is looked up, protected and recorded', async () => {
    const place = make({ '.git/config': 'c', 'canon/b.md': 'b', 'notes.txt': 'n' })
    await (await place.open()).initialize()
    place.put('workspace/config.json', JSON.stringify({ cowrite: 1, read_only: ['canon'] }))
    place.fs.symlinkSync('.git', `${place.root}/g`)
    place.fs.symlinkSync('workspace/sessions', `${place.root}/s`)
    place.fs.symlinkSync('canon', `${place.root}/c`)
    place.fs.symlinkSync('loop', `${place.root}/loop`)
    const session = await place.start()
    expect(await codeOf(session.read('g/config'))).toBe('PATH_PROTECTED')
    expect(await codeOf(session.write('g/config', 'x'))).toBe('PATH_PROTECTED')
    expect(await codeOf(session.write('s/x.md', 'x'))).toBe('PATH_PROTECTED')
    expect((await session.read('c/b.md')).content).toBe('b')
    expect(await codeOf(session.write('c/b.md', 'x'))).toBe('PATH_PROTECTED')
    expect(await codeOf(session.read('loop'))).toMatch(/IO|WRONG_KIND/)
  })

  it.runIf(name === 'a real disk')('P6: a FIFO, a socket and a device are refused at once', async () => {
    const place = make()
    execFileSync('mkfifo', [`${place.root}/fifo`])
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(`${place.root}/socket`, () => resolve()))
    try {
      const session = await place.start()
      const began = performance.now()
      for (const path of ['fifo', 'socket']) {
        expect(await codeOf(session.read(path)), path).toBe('WRONG_KIND')
        expect(await codeOf(session.write(path, 'x')), path).toBe('WRONG_KIND')
        expect(await codeOf(session.edit(path, 'a', 'b')), path).toBe('WRONG_KIND')
      }
      await session.search('anything')
      await session.files({ recursive: true })
      expect(performance.now() - began).toBeLessThan(3_000)
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
  })

  it("P6: a hard link's other name never changes", async () => {
    const place = make()
    place.fs.linkSync(`${place.root}/notes.txt`, `${place.root}/same.txt`)
    const session = await place.start()
    await session.write('notes.txt', 'changed')
    await session.edit('notes.txt', 'changed', 'changed twice')
    expect(place.read('same.txt')).toBe('remember the lamp\n')
    await session.commit()
    expect(place.read('notes.txt')).toBe('changed twice')
    expect(place.read('same.txt')).toBe('remember the lamp\n')
    await (await place.open()).undo()
    expect(place.read('notes.txt')).toBe('remember the lamp\n')
    expect(place.read('same.txt')).toBe('remember the lamp\n')
  })
})
