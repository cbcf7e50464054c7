/** Folders in folders, deeper than any path leads. */
import { describe, expect, it } from 'vitest'
import { removeTree } from '../../lib/store/files.js'
import { fileSystems } from '../support/file-systems.js'
import { codeOf, places } from './support/places.js'

const name = 'b'.repeat(250)
const chainOf = (top: string, levels: number) => top + `/${name}`.repeat(levels)

describe.each(fileSystems)('a deep folder, on %s', (_name, open) => {
  const make = places(open)

  it('S4: is removed to the last file, whatever its depth, and in as many goes as it takes', () => {
    const { port, fs, root } = make({})
    for (const top of ['top', 'middle', 'last']) {
      fs.mkdirSync(`${root}/${chainOf(top, 14)}`, { recursive: true })
      fs.writeFileSync(`${root}/${chainOf(top, 14)}/file`, 'x')
    }
    port.rename('last', `${chainOf('middle', 14)}/last`)
    port.rename('middle', `${chainOf('top', 14)}/middle`)
    let goes = 0
    while (!removeTree(port, 'top', { budget: { left: 10 } })) goes += 1
    expect(goes).toBeGreaterThan(3)
    expect(fs.readdirSync(root)).toEqual([])
  })

  it('P1: a path that is too long for a session is refused before anything is made', async () => {
    const place = make()
    const session = await place.start()
    const path = `${chainOf('top', 15)}/${'c'.repeat(150)}`
    expect(path.length).toBeLessThan(4000)
    expect(await codeOf(session.write(path, 'x'))).toBe('INVALID_INPUT')
    expect((await session.status()).changes).toEqual({ modified: [], created: [], deleted: [] })
    expect(place.has('workspace/sessions/first/top')).toBe(false)
    expect(await codeOf(session.fs.mkdir(path, { recursive: true }))).toBe('EINVAL')
  })
})
