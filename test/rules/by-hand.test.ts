import { describe, expect, it } from 'vitest'
import type { Session } from '../../lib/session.js'
import { fileSystems } from '../support/file-systems.js'
import { type Place, paths, places } from './support/places.js'

const upper = 'workspace/sessions/first'

function link({ fs, root }: Place, target: string, path: string): void {
  fs.symlinkSync(target, `${root}/${path}`)
}

describe.each(fileSystems)('what people do beside a session, on %s', (_name, open) => {
  const make = places(open)

  it('S3, P2: a file that a hand puts where lower has a link is shown, asked about, and keeps nothing else from going on', async () => {
    const place = make({ 'real/x.md': 'X\n', 'o.md': 'o\n' })
    link(place, 'real', 'link')
    const workspace = await place.open()
    const session = await workspace.start('first')
    await session.write('o.md', 'acknowledged\n')
    place.put(`${upper}/link/deep/x.md`, 'by hand, through the link\n')
    place.put(`${upper}/link/x.md`, 'by hand, through the link\n')
    expect(paths((await session.status()).changes.created)).toContain('link/x.md')
    const preview = await session.preview()
    expect(paths(preview.conflicts)).toContain('link')
    expect((await workspace.doctor()).sound).toBe(true)
    await session.retry('o.md', 'not yet')
    await workspace.switch('first')
    expect(await session.commit({ files: ['o.md'] })).toMatchObject({ committed: true, closed: false })
    expect(place.read('o.md')).toBe('acknowledged\n')
    expect(place.read('real/x.md')).toBe('X\n')
    await workspace.cancel('first')
    expect(place.fs.readlinkSync(`${place.root}/link`)).toBe('real')
  })

  it('S3, T3: a folder that a person turns into a link makes conflicts of the changes in it, and nothing worse', async () => {
    const place = make({ 'real/x.md': 'X\n', 'real/y.md': 'Y\n', 'o.md': 'o\n', '.gitignore': '*.tmp\n' })
    const session = await place.start()
    await session.write('real/x.md', 'new\n')
    await session.remove('real/y.md')
    await session.write('o.md', 'new\n')
    place.fs.renameSync(`${place.root}/real`, `${place.root}/moved`)
    link(place, 'moved', 'real')
    expect(paths((await session.status()).changes.modified)).toEqual(['o.md', 'real/x.md'])
    expect(paths((await session.preview()).conflicts)).toEqual(['real/x.md'])
    expect(await session.commit({ files: ['o.md'] })).toMatchObject({ committed: true })
    await session.commit({ onConflict: 'keep_global' })
    expect(place.read('moved/x.md')).toBe('X\n')
    expect(place.read('o.md')).toBe('new\n')
  })

  it('C3: a file with a second name that a hand puts where the session gave one up is a change', async () => {
    const place = make({ 'a.md': 'one\n', 'donor.md': 'linked text\n', 'b.md': 'b\n' })
    const session = (await place.start()) as Session
    await session.remove('a.md')
    await session.move('b.md', 'c.md')
    await new Promise((resolve) => setTimeout(resolve, 40))
    place.fs.linkSync(`${place.root}/donor.md`, `${place.root}/${upper}/a.md`)
    const { changes } = await session.status()
    expect(paths(changes.modified)).toEqual(['a.md'])
    expect(paths(changes.deleted)).toEqual(['b.md'])
    await session.commit()
    expect(place.read('a.md')).toBe('linked text\n')
    expect(place.has('b.md')).toBe(false)
  })

  it('S4, T5: folders of the state folder that somebody tidied away are made again when they are needed', async () => {
    const place = make({ 'a.md': 'A\n', 'o.md': 'o\n' })
    const workspace = await place.open()
    const session = await workspace.start('first')
    await session.write('o.md', 'mine\n')
    await session.retry('o.md', 'too short')
    const tidied = ['trash', 'journal', 'history', 'retries-archive']
    for (const folder of tidied)
      place.fs.rmSync(`${place.root}/workspace/${folder}`, { recursive: true, force: true })
    expect(await session.commit()).toMatchObject({
      closed: true,
      pendingCleanup: false,
      archive: 'workspace/retries-archive/first/',
    })
    expect(place.read('o.md')).toBe('mine\n')
    expect((await workspace.retries()).map(({ reason }) => reason)).toEqual(['too short'])
    expect((await workspace.list()).sessions).toEqual([])
    expect((await workspace.undo()).restored).toEqual(['o.md'])
    const third = await workspace.start('third')
    await third.write('a.md', 'third\n')
    await third.close()
    for (const folder of ['.cowrite/tmp', '.cowrite/holders', '.cowrite/bases', 'human-retries', 'artifacts'])
      place.fs.rmSync(`${place.root}/workspace/sessions/third/${folder}`, { recursive: true, force: true })
    const again = await workspace.session('third')
    expect((await again.read('a.md')).content).toBe('third\n')
    expect(await again.retry('a.md', 'shorter')).toMatchObject({ retry: 1 })
    await again.write('o.md', 'third\n')
    await again.commit()
    expect(place.read('o.md')).toBe('third\n')
    for (const folder of ['sessions', ...tidied])
      place.fs.rmSync(`${place.root}/workspace/${folder}`, { recursive: true, force: true })
    await (await place.open()).start('second')
    expect(await workspace.cancel('second')).toMatchObject({ cancelled: true })
    expect((await workspace.list()).sessions).toEqual([])
  })
})
