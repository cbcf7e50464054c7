/** Folders in folders, deeper than any path leads. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { sweepTrash } from '../../lib/engine/engine.js'
import { layoutOf } from '../../lib/store/layout.js'
import { codeOf, paths, places } from '../rules/support/places.js'
import { fileSystems } from '../support/file-systems.js'
import { keepViewsTogether, namedWays } from './support/ways.js'

const [[, onDisk]] = fileSystems as [(typeof fileSystems)[0]]

keepViewsTogether()

const name = 'b'.repeat(250)
const goDeep = (levels: number) =>
  `bash -ec 'for i in $(seq ${levels}); do mkdir ${name}; cd ${name}; done; echo deep > f'`

describe.each(namedWays)('a view by %s', (_name, { isHere, name: way, sh }) => {
  if (!isHere) return it.skip('is not to be had', () => {})
  const place = places(onDisk)

  it('V3: what has too long a path is left out, told and kept; the rest comes in, and the session goes on', async () => {
    const { start, root } = place({ 'old.txt': 'old\n' })
    const session = await start()
    const levels = way === 'kernel-overlay' ? 30 : 15
    const { leftOut } = await sh(session, `echo new > new.txt; ${goDeep(levels)}`)
    expect(leftOut).toMatchObject([{ reason: 'its path is too long for a session', code: 'INVALID_INPUT' }])
    const [{ path, savedTo } = { path: '' }] = leftOut
    expect(path).toMatch(/^(b{250}\/)+b{250}$/)
    const below = `${name}/`.repeat(levels - path.split('/').length)
    expect(readFileSync(`${root}/${savedTo}/${below}f`, 'utf8')).toBe('deep\n')
    expect(readFileSync(`${root}/${savedTo?.replace(/\/([^/]+)$/, '.$1.txt')}`, 'utf8')).toContain(path)

    const { changes, leftOutKept } = await session.status()
    expect(paths(changes.created)).toContain('new.txt')
    expect(leftOutKept?.files).toBeGreaterThan(0)
    expect((await session.read('new.txt')).content).toBe('new\n')
    await session.diff()
    expect((await sh(session, 'cat new.txt')).stdout).toBe('new\n')
    await session.commit()
    expect(readFileSync(`${root}/new.txt`, 'utf8')).toBe('new\n')
    expect(readdirSync(`${root}/workspace/sessions`)).toEqual([])
  })

  it('S4: what lies too deep to be reached goes with its session all the same', async () => {
    const { start, root, port } = place({ 'old.txt': 'old\n' })
    const session = await start()
    const work = sh(session, `echo new > new.txt; ${goDeep(60)}`)
    if (way === 'copy') expect(await codeOf(work)).toBe('CANNOT_WRITE')
    else expect((await work).leftOut).toHaveLength(1)
    await session.status()
    const { archive } = await session.cancel()
    expect(existsSync(`${root}/workspace/sessions/first`)).toBe(false)
    if (archive !== null) port.rename(archive.replace(/\/$/, ''), 'workspace/trash/archive')
    sweepTrash(port, layoutOf('workspace'))
    expect(readdirSync(`${root}/workspace/trash`)).toEqual([])
  })
})
