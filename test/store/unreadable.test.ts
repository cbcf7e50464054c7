import { describe, expect, it } from 'vitest'
import { Workspace } from '../../lib/index.js'
import { errnoError } from '../../lib/port/faults.js'
import { layoutOf } from '../../lib/store/layout.js'
import { book, type Place, places, plan } from '../rules/support/places.js'
import { interceptedPort } from '../support/faulty-port.js'
import { fileSystems } from '../support/file-systems.js'

const own = layoutOf('workspace').sessionLayout('first')

describe.each(fileSystems)('a record that cannot be looked at once it has its line, on %s', (_name, open) => {
  const make = places(open)

  /** A session whose record fails so many looks after the line of a first write. */
  async function failing(times: number): Promise<{ place: Place; write: () => Promise<unknown> }> {
    const place = make()
    await (await place.start()).close()
    let [written, left] = [false, times]
    const port = interceptedPort(place.port, {
      after({ name, paths }) {
        if (name === 'write' && paths[0] === own.record) written = true
      },
      before({ name, paths }) {
        const looks = ['fstat', 'read', 'stat'].includes(name) && paths[0] === own.record
        if (!written || !looks || left === 0) return
        left -= 1
        throw errnoError('EIO', name, own.record)
      },
    })
    const workspace = new Workspace(port, {})
    const session = await workspace.session('first')
    const write = () => session.write(plan, 'mine\n').finally(() => workspace.close())
    return { place, write }
  }

  it('D3: is asked again, and the write is done', async () => {
    const { place, write } = await failing(1)
    await write()
    const again = await (await place.open()).session('first')
    expect((await again.read(plan)).content).toBe('mine\n')
    expect(place.read(plan)).toBe(book[plan])
  })

  it('D3: keeps all that the line tells of, and the session is whole', async () => {
    const { place, write } = await failing(Number.POSITIVE_INFINITY)
    await expect(write()).rejects.toMatchObject({ code: 'IO' })
    const again = await (await place.open()).session('first')
    expect((await again.read(plan)).content).toBe('mine\n')
    expect(place.read(plan)).toBe(book[plan])
  })
})

describe.each(fileSystems)('a disk that fails once the answer is given, on %s', (_name, open) => {
  const make = places(open)

  it('D3: closing says nothing of session.json, which the next to open the session writes', async () => {
    const place = make()
    await (await place.start()).close()
    let failing = false
    let failures = 0
    const port = interceptedPort(place.port, {
      before({ name, paths }) {
        if (!failing || !['create', 'write', 'rename'].includes(name)) return
        failures += 1
        throw errnoError('EIO', name, paths[0] ?? '')
      },
    })
    const workspace = new Workspace(port, {})
    const session = await workspace.session('first')
    await session.retry(plan, 'Dull')
    failing = true
    await workspace.close()
    expect(failures).toBeGreaterThan(0)
    expect(place.read(own.metadata)).not.toContain('Dull')
    const next = await place.open()
    await (await next.session('first')).status()
    expect(place.read(own.metadata)).toContain('Dull')
  })
})
