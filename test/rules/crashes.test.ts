import { describe, expect, it } from 'vitest'
import { errnoError } from '../../lib/port/faults.js'
import { decodeLines, encodeLine } from '../../lib/store/append-log.js'
import { Workspace } from '../../lib/workspace.js'
import { interceptedPort } from '../support/faulty-port.js'
import { fileSystems } from '../support/file-systems.js'
import { killAt } from './support/children.js'
import { codeOf, lowerOf, type Place, paths, places, plan, scene, thrownBy } from './support/places.js'

const broken = 'workspace/sessions/broken'
const record = `${broken}/.cowrite/record`
const metadata = `${broken}/session.json`

/** A session with changes and a retry that will be damaged, and one beside it that must not feel it. */
async function prepare(place: Place): Promise<void> {
  const workspace = await place.open()
  const sound = await workspace.start('sound')
  await sound.write(scene, 'of the sound one')
  const session = await workspace.start('broken', { description: 'to be damaged' })
  await session.write(plan, 'modified')
  await session.write('created.md', 'created')
  await session.remove('notes.txt')
  await session.retry(plan, 'a reason')
  await session.status()
  await workspace.close()
}

const bytesOf = (place: Place, path: string): Buffer =>
  Buffer.from(place.fs.readFileSync(`${place.root}/${path}`))
const flip = (place: Place, path: string, at: number): void => {
  const bytes = bytesOf(place, path)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  place.put(path, bytes)
}

const damages: Record<
  string,
  { damage(place: Place): void; lost?: string[]; finding: RegExp; isElsewhere?: true }
> = {
  'a flipped byte in the middle of the record': {
    damage: (place) => flip(place, record, Math.floor(bytesOf(place, record).length / 2)),
    finding: /damaged line/,
  },
  'zeros at the tail of the record': {
    damage: (place) => place.put(record, Buffer.concat([bytesOf(place, record), Buffer.alloc(100)])),
    finding: /damaged line/,
  },
  'zeros in place of the record': {
    damage: (place) => place.put(record, Buffer.alloc(bytesOf(place, record).length)),
    finding: /damaged line|no header/,
  },
  'an empty record': { damage: (place) => place.put(record, ''), finding: /no header/ },
  'no record': {
    damage: (place) => place.fs.unlinkSync(`${place.root}/${record}`),
    finding: /record is missing/,
  },
  'a folder in place of the record': {
    damage(place) {
      place.fs.unlinkSync(`${place.root}/${record}`)
      place.fs.mkdirSync(`${place.root}/${record}`)
    },
    finding: /record cannot be read/,
  },
  'no internal folder': {
    damage: (place) => place.fs.rmSync(`${place.root}/${broken}/.cowrite`, { recursive: true }),
    finding: /record is missing/,
  },
  'session.json that is cut short': {
    damage: (place) => place.put(metadata, bytesOf(place, metadata).subarray(0, 50)),
    finding: /not valid JSON/,
  },
  'session.json of zeros': {
    damage: (place) => place.put(metadata, Buffer.alloc(200)),
    finding: /not valid JSON/,
  },
  'no session.json': {
    damage: (place) => place.fs.unlinkSync(`${place.root}/${metadata}`),
    finding: /session.json is missing/,
  },
  'session.json of another session': {
    damage: (place) => place.put(metadata, place.read('workspace/sessions/sound/session.json')),
    finding: /another session/,
  },
  'session.json that is no session': {
    damage: (place) => place.put(metadata, '[]'),
    finding: /not as it should be/,
  },
  'a copy that is missing': {
    damage: (place) => place.fs.unlinkSync(`${place.root}/${broken}/created.md`),
    lost: ['created.md'],
    finding: /copy of created.md is missing/,
  },
  'a folder of copies that is missing': {
    damage: (place) => place.fs.rmSync(`${place.root}/${broken}/acts`, { recursive: true }),
    lost: [plan],
    finding: /copy of acts\/act-1\/plan.md is missing/,
  },
  'a kept version that is missing': {
    damage: (place) => place.fs.unlinkSync(`${place.root}/${broken}/human-retries/plan.md-retry-1.md`),
    finding: /retry-1.md is missing/,
  },
  'a link in the place of a folder of copies': {
    damage: (place) => replaceByLink(place, `${broken}/acts`),
    lost: [plan],
    finding: /copy of acts\/act-1\/plan.md is missing/,
  },
  'a link in the place of the internal folder': {
    damage: (place) => replaceByLink(place, `${broken}/.cowrite`),
    finding: /record cannot be read/,
  },
  'a link in the place of human-retries': {
    damage: (place) => replaceByLink(place, `${broken}/human-retries`),
    finding: /retry-1.md is missing/,
    isElsewhere: true,
  },
}

/** As a person does who moves a folder to where there is more room. */
function replaceByLink({ fs, root }: Place, folder: string): void {
  fs.renameSync(`${root}/${folder}`, `${root}/moved away`)
  fs.symlinkSync(`${root}/moved away`, `${root}/${folder}`)
}

describe.each(fileSystems)('crashes, on %s', (_name, open) => {
  const make = places(open)

  it.each(Object.entries(damages))(
    'S3: %s: that session is CRASHED, and never the others',
    async (_what, { damage, finding }) => {
      const place = make()
      await prepare(place)
      damage(place)
      const before = lowerOf(place)
      const workspace = await place.open()
      const error = await thrownBy(workspace.session('broken'))
      expect(error).toMatchObject({
        code: 'SESSION_CRASHED',
        message: "Session 'broken' is CRASHED",
        data: { session: 'broken', metadataPath: metadata },
      })
      expect((error.data.findings as string[]).join('\n')).toMatch(finding)
      expect(await codeOf(workspace.session())).toBe('SESSION_CRASHED')
      expect(await codeOf(workspace.switch('broken'))).toBe('SESSION_CRASHED')
      const { sessions } = await workspace.list()
      expect(sessions.find(({ name }) => name === 'broken')).toMatchObject({
        status: 'CRASHED',
        changes: null,
        humanRetries: null,
      })
      expect(sessions.find(({ name }) => name === 'sound')).toMatchObject({
        status: 'INACTIVE',
        changes: 1,
        humanRetries: 0,
      })
      await workspace.retries()
      const sound = await workspace.session('sound')
      expect((await sound.write(scene, 'goes on')).change).toBe('modified')
      await sound.status()
      expect((await workspace.start('another')).name).toBe('another')
      expect(lowerOf(place)).toEqual(before)
      expect((await sound.commit()) as object).toMatchObject({ committed: true })
    },
  )

  it.each(Object.entries(damages))(
    'S3: recover saves all that can be read after %s, and reopens',
    async (_what, { damage, lost = [], finding }) => {
      const place = make()
      await prepare(place)
      damage(place)
      const before = lowerOf(place)
      const workspace = await place.open()
      const recovered = await workspace.recover('broken')
      expect(recovered).toMatchObject({ session: 'broken', status: 'ACTIVE', finished: [], withdrawn: [] })
      expect(recovered.findings.join('\n')).toMatch(finding)
      const session = await workspace.session('broken')
      for (const [path, content] of [
        [plan, 'modified'],
        ['created.md', 'created'],
      ] as const) {
        if (lost.includes(path)) continue
        expect((await session.read(path)).content, path).toBe(content)
        expect(place.fs.existsSync(`${place.root}/${broken}/${path}`)).toBe(true)
      }
      const { changes } = await session.status()
      const all = paths([...changes.modified, ...changes.created])
      expect(all.sort()).toEqual([plan, 'created.md'].filter((path) => !lost.includes(path)).sort())
      await session.write('afterwards.md', 'goes on')
      expect(lowerOf(place)).toEqual(before)
      expect((await workspace.recover('broken')).findings).toEqual([])
      const again = await workspace.session('broken')
      const { digest } = await again.preview({ onConflict: 'keep_session' })
      await again.commit({ onConflict: 'keep_session', expect: digest })
      expect(place.read('afterwards.md')).toBe('goes on')
      if (!lost.includes(plan)) expect(place.read(plan)).toBe('modified')
    },
  )

  it.each(Object.entries(damages))(
    'T6: cancel works on a session with %s, and lower keeps every byte',
    async (_what, { damage, isElsewhere }) => {
      const place = make()
      await prepare(place)
      damage(place)
      const before = lowerOf(place)
      const workspace = await place.open()
      expect(await workspace.cancel('broken')).toMatchObject({ cancelled: true, session: 'broken' })
      expect((await workspace.list()).sessions.map(({ name }) => name)).toEqual(['sound'])
      expect(lowerOf(place)).toEqual(before)
      expect((await workspace.retries()).map(({ reason }) => reason)).toEqual(['a reason'])
      if (isElsewhere) return
      const kept = place
        .names('workspace/retries-archive')
        .flatMap((archive) => place.names(`workspace/retries-archive/${archive}`))
      expect(kept, 'what a person wrote is never lost').toContain('plan.md-retry-1.md.reason.txt')
    },
  )

  it('S3: whichever byte of the record is flipped, nothing acknowledged is lost silently', {
    timeout: 60_000,
  }, () => {
    const lines = [
      { header: { name: 'x' } },
      { set: [{ path: 'a.md' }] },
      { drop: ['é'] },
      { retry: { reason: 'r\n' } },
    ]
    const whole = Buffer.concat(lines.map(encodeLine))
    expect(decodeLines(whole)).toEqual({ lines, consumed: whole.length, damaged: 0 })
    for (let at = 0; at < whole.length; at++) {
      for (const value of [(whole[at] ?? 0) ^ 1, (whole[at] ?? 0) ^ 0x80, 0, 0x0a, 0x20, 0x39, 0x09]) {
        if (value === whole[at]) continue
        const bytes = Buffer.from(whole)
        bytes[at] = value
        const { lines: read, damaged } = decodeLines(bytes)
        expect(damaged > 0 || read.length === lines.length, `byte ${at} as ${value}`).toBe(true)
        for (const line of read) expect(lines).toContainEqual(line)
      }
    }
  })

  it('S3: a line that was cut short, which nobody was told of, is no damage and swallows none after it', () => {
    const [one, two, three] = [{ a: 1 }, { path: 'b;} {"é\t' }, { c: 3 }].map((line) => ({
      line,
      bytes: encodeLine(line),
    }))
    for (let length = 0; length < (two?.bytes.length ?? 0); length++) {
      const cut = two?.bytes.subarray(0, length) as Buffer
      const inTheMiddle = decodeLines(Buffer.concat([one?.bytes as Buffer, cut, three?.bytes as Buffer]))
      expect(inTheMiddle.damaged, `cut at ${length}`).toBe(0)
      expect(inTheMiddle.lines).toEqual(expect.arrayContaining([one?.line, three?.line]))
      const atTheEnd = decodeLines(Buffer.concat([one?.bytes as Buffer, cut]))
      expect(atTheEnd).toMatchObject({ lines: [one?.line], damaged: 0 })
      expect(atTheEnd.consumed, 'the rest of it may yet come').toBe(one?.bytes.length)
    }
  })

  it('S3: of a line behind which a power cut left zeros nothing is lost, and what the zeros stand for is missed', () => {
    const [one, two, three] = [{ a: 1 }, { b: 2 }, { c: 3 }].map(encodeLine)
    for (const zeros of [1, 7, 4096]) {
      const tail = Buffer.concat([one, two, Buffer.alloc(zeros)] as Buffer[])
      expect(decodeLines(tail)).toEqual({ lines: [{ a: 1 }, { b: 2 }], consumed: tail.length, damaged: 1 })
      const lines = [{ a: 1 }, { b: 2 }, { c: 3 }]
      expect(decodeLines(Buffer.concat([tail, three as Buffer]))).toMatchObject({ lines, damaged: 1 })
    }
  })

  it('S3: of a record whose tail was cut off the copies are still there, and a commit asks where it must', async () => {
    const place = make()
    await prepare(place)
    const bytes = bytesOf(place, record)
    const start = bytes.indexOf('"path":"created.md"')
    place.put(record, bytes.subarray(0, start))
    const session = await (await place.open()).session('broken')
    expect((await session.status()).changes.created.map(({ path }) => path)).toEqual(['created.md'])
    expect((await session.read(plan)).content).toBe('modified')
  })

  it('S3: a session that this process has no leave to read keeps nobody from the others, and nothing of it is touched', async () => {
    const place = make()
    await prepare(place)
    const port = interceptedPort(place.port, {
      before({ name, paths: [path = ''] }) {
        if (/^open/.test(name) && (path === record || path === metadata))
          throw errnoError('EACCES', 'open', place.port.absolute(path))
      },
    })
    const before = Object.keys(lowerOf(place, 'nothing')).filter((path) => path.startsWith(`${broken}/`))
    const workspace = new Workspace(port, {})
    expect((await workspace.list()).sessions.find(({ name }) => name === 'broken')).toMatchObject({
      status: 'CRASHED',
    })
    await workspace.retries()
    const sound = await workspace.session('sound')
    await sound.write(plan, 'changed by both')
    await sound.commit()
    await workspace.start('another')
    const refusals = [workspace.session('broken'), workspace.recover('broken')].map((call) => codeOf(call))
    for (const code of await Promise.all(refusals)) expect(code).toMatch(/IO|CANNOT_WRITE|SESSION_CRASHED/)
    expect(Object.keys(lowerOf(place, 'nothing')).filter((path) => path.startsWith(`${broken}/`))).toEqual(
      before,
    )
    await workspace.close()
    const session = await (await place.open()).session('broken')
    expect((await session.read('created.md')).content).toBe('created')
  })

  it('S3, T3: where nothing tells when a session began, a commit asks before it writes over a live file', async () => {
    const place = make()
    const session = await place.start('broken')
    await session.write('notes.txt', 'of the session, begun with the lamp\n')
    await session.write('new.md', 'new\n')
    await session.close()
    place.put('notes.txt', 'rewritten by a person meanwhile\n')
    await new Promise((resolve) => setTimeout(resolve, 40))
    place.put(record, '')
    place.put(metadata, '')
    const workspace = await place.open()
    await workspace.recover('broken')
    const again = await workspace.session('broken')
    expect((await again.read('notes.txt')).content).toBe('of the session, begun with the lamp\n')
    expect(paths((await again.preview()).conflicts)).toEqual(['notes.txt'])
    expect(await codeOf(again.commit())).toBe('CONFLICT')
    expect(place.read('notes.txt')).toBe('rewritten by a person meanwhile\n')
    await again.commit({ onConflict: 'keep_global' })
    expect(place.read('new.md')).toBe('new\n')
  })

  it('S3, T3: deleted folders and links that session.json alone tells of are still what was deleted', async () => {
    const place = make({
      'gone/deep/x.md': 'X\n',
      'gone/y.md': 'y\n',
      'run.sh': '#!/bin/sh\n',
      'k.md': 'k\n',
    })
    place.fs.chmodSync(`${place.root}/run.sh`, 0o755)
    place.fs.symlinkSync('k.md', `${place.root}/ln`)
    const session = await place.start('broken')
    for (const path of ['gone', 'ln', 'run.sh']) await session.remove(path)
    await session.write('k.md', 'k2\n')
    await session.status()
    await session.close()
    place.fs.unlinkSync(`${place.root}/${record}`)
    const workspace = await place.open()
    await workspace.recover('broken')
    const again = await workspace.session('broken')
    const { conflicts } = await again.preview()
    expect(conflicts.every(({ reason }) => !reason.includes('folder'))).toBe(true)
    const { digest } = await again.preview({ onConflict: 'keep_session' })
    expect(await again.commit({ onConflict: 'keep_session', expect: digest })).toMatchObject({ closed: true })
    for (const path of ['gone', 'run.sh']) expect(place.has(path), path).toBe(false)
    expect(place.names('')).not.toContain('ln')
    expect(place.read('k.md')).toBe('k2\n')
  })

  it('S3: damage that comes while a handle is open has the session’s name', async () => {
    const place = make()
    const session = await place.start('broken')
    await session.write('created.md', 'created')
    place.fs.unlinkSync(`${place.root}/${broken}/created.md`)
    expect(await thrownBy(session.read('created.md'))).toMatchObject({
      code: 'SESSION_CRASHED',
      data: { session: 'broken' },
    })
    expect(await codeOf(session.commit())).toBe('SESSION_CRASHED')
  })

  it.each([
    [
      'session.json',
      (place: Place) => place.put(metadata, JSON.stringify({ version: 2, in: 'a shape of its own' })),
    ],
    [
      'session.lock',
      (place: Place) =>
        place.put(
          'workspace/session.lock',
          JSON.stringify({ ...(place.json('workspace/session.lock') as object), version: 2 }),
        ),
    ],
  ])('D4: a newer format in %s is refused by everything, nothing touched', async (what, upgrade) => {
    const place = make()
    await prepare(place)
    const workspace = await place.open()
    await workspace.list()
    const sound = await workspace.session('sound')
    upgrade(place)
    const before = lowerOf(place, 'nothing')
    const calls = {
      session: () => workspace.session('broken'),
      switch: () => workspace.switch('broken'),
      cancel: () => workspace.cancel('broken'),
      recover: () => workspace.recover('broken'),
      ...(what === 'session.lock'
        ? {
            current: () => workspace.session(),
            start: () => workspace.start('another'),
            idempotent: () => workspace.start(undefined, { idempotent: true }),
            commit: () => sound.commit(),
          }
        : {}),
    }
    if (what === 'session.lock') Reflect.deleteProperty(calls, 'session')
    for (const [name, call] of Object.entries(calls))
      expect(await codeOf(call()), name).toBe('WORKSPACE_UNAVAILABLE')
    // To look, they took locks.
    const strip = (tree: Record<string, string>) =>
      Object.entries(tree).filter(
        ([path]) => !/^workspace\/(log|log\/locks(\/.*)?|trash|journal)$/.test(path),
      )
    expect(strip(lowerOf(place, 'nothing'))).toEqual(strip(before))
  })

  it('D4: a session of a newer format stands in no other’s way', async () => {
    const place = make()
    await prepare(place)
    place.put(metadata, JSON.stringify({ version: 2, in: 'a shape of its own' }))
    const workspace = await place.open()
    const { sessions } = await workspace.list()
    expect(sessions.find(({ name }) => name === 'broken')).toMatchObject({
      status: 'CRASHED',
      changes: null,
      newerFormat: true,
    })
    expect(sessions.find(({ name }) => name === 'sound')).not.toHaveProperty('newerFormat')
    await (await workspace.session('sound')).commit()
    expect(place.read(scene)).toBe('of the sound one')
    expect((place.json(metadata) as { version: number }).version).toBe(2)
  })

  it('D4: a newer intent in the journal is refused, nothing touched', async () => {
    const place = make()
    await prepare(place)
    const { createHash } = await import('node:crypto')
    const json = JSON.stringify({ version: 2, id: '0001', targets: 'in ways that we do not know' })
    place.put(
      'workspace/journal/0001/intent.json',
      `${createHash('sha256').update(json).digest('hex')}\n${json}\n`,
    )
    const before = lowerOf(place, 'nothing')
    expect(await codeOf(place.open())).toBe('WORKSPACE_UNAVAILABLE')
    const strip = (tree: Record<string, string>) =>
      Object.entries(tree).filter(([path]) => !path.startsWith('workspace/log'))
    expect(strip(lowerOf(place, 'nothing'))).toEqual(strip(before))
  })

  it('S4: what a killed process left of its work keeps nobody from opening the workspace', async () => {
    const place = make()
    await prepare(place)
    for (const [path, content] of [
      ['workspace/journal/.new-abandoned/owner.json', ''],
      ['workspace/journal/0007/owner.json', ''],
      ['workspace/trash/session-gone-0badcafe-1/.cowrite/closing.json', ''],
      ['workspace/trash/session-gone-0badcafe-1/human-retries/x.md-retry-1.md', 'kept'],
      ['workspace/trash/session-gone-0badcafe-1/human-retries/x.md-retry-1.md.reason.txt', 'why'],
      ['workspace/sessions/.new-abandoned/session.json', ''],
      ['.cowrite-new-abandoned/config.json', ''],
      ['workspace/session.lock.0badcafe-1.tmp', '{'],
    ] as const)
      place.put(path, content)
    const workspace = await place.open()
    expect((await workspace.list()).count).toBe(2)
    await (await workspace.session('sound')).commit()
    expect((await workspace.retries('x.md')).map(({ reason }) => reason)).toEqual(['why'])
  })
})

describe('processes that are killed', () => {
  const make = places(fileSystems[0]?.[1] as never)
  const writeForever = `
    const session = await workspace.start('first')
    await session.write('told.md', 'told')
    await session.write('acts/act-1/plan.md', 'told')
    for (let at = 0; ; at++) {
      await session.write('file-' + at % 50 + '.md', String(at).repeat(at % 40_000))
      if (at === 60) print('writing')
    }`

  it('S3: the session of a process that was killed in the middle of a write opens whole, and says that it was recovered', async () => {
    const place = make()
    await (await place.open()).initialize()
    const before = lowerOf(place)
    await killAt(place.root, writeForever, 'writing')
    expect(lowerOf(place)).toEqual(before)
    const workspace = await place.open()
    const listed = (await workspace.list()).sessions[0]
    expect(listed).toMatchObject({ name: 'first', status: 'ACTIVE' })
    const session = await workspace.session('first')
    expect(session.opening.recovered).toBe(true)
    expect((await session.status()).recovered).toBe(true)
    expect((await session.read('told.md')).content).toBe('told')
    expect((await session.read(plan)).content).toBe('told')
    for (const { path } of (await session.status()).changes.created) {
      const { content } = await session.read(path)
      expect(content === 'told' || /^(\d+?)\1*$/.test(content) || content === '', path).toBe(true)
    }
    expect(place.names('workspace/sessions/first/.cowrite/tmp')).toEqual([])
    expect(place.names('workspace/sessions/first/.cowrite/holders')).toEqual([])
    expect(await session.commit()).toMatchObject({ committed: true, closed: true })
    expect((await place.open()).root).toBe(place.root)
  })

  it('S3: the note of a living process, or of one that cannot be told, is no death', async () => {
    const place = make()
    const session = await place.start()
    await session.write(plan, 'x')
    const other = await place.open()
    expect((await other.session('first')).opening.recovered).toBe(false)
    await session.close()
    const note = (process: object) => JSON.stringify({ kind: 'library', process })
    const holders = 'workspace/sessions/first/.cowrite/holders'
    place.put(`${holders}/elsewhere-1`, note({ host: 'another machine', boot: 'x', pid: 1, start: '1' }))
    expect((await (await place.open()).session('first')).opening.recovered).toBe(false)
    const { thisProcess } = await import('../../lib/port/host.js')
    place.put(`${holders}/reused-1`, note({ ...thisProcess(), start: '1' }))
    expect(
      (await (await place.open()).session('first')).opening.recovered,
      'the number was given to another',
    ).toBe(true)
    expect(place.names(holders)).toEqual(['elsewhere-1'])
  })
})
