import { afterEach, describe, expect, it } from 'vitest'
import { holdSession, isDead, readHolders } from '../../lib/store/holders.js'
import { interceptedPort, type Verb } from '../support/faulty-port.js'
import { type FileSystem, fileSystems } from '../support/file-systems.js'

describe.each(fileSystems)('the notes of those at work, on %s', (_name, open) => {
  let place: FileSystem
  afterEach(() => place.dispose())

  const layout = { holders: 'holders', temporary: 'tmp' }
  function make(): FileSystem {
    place = open()
    for (const folder of Object.values(layout)) place.port.makeFolder(folder)
    return place
  }

  it('S3: is read whole or not at all, at whichever step of its making somebody looks', () => {
    const { port } = make()
    const seen: boolean[] = []
    const look = (): void => {
      seen.push(...readHolders(port, layout).map((holder) => isDead(holder)))
    }
    holdSession(interceptedPort(port, { before: look, after: look }), layout, 'library')
    expect(seen).not.toContain(true)
    expect(readHolders(port, layout)).toMatchObject([{ kind: 'library', process: { pid: process.pid } }])
    expect(port.list(layout.temporary)).toEqual([])
  })

  it('is made again where somebody has swept it, taking it for what a dead process left', () => {
    const { port } = make()
    let sweeps = 3
    const note = holdSession(
      interceptedPort(port, {
        before({ name, paths }: Verb) {
          if (name === 'rename' && sweeps-- > 0) port.remove(paths[0] as string)
        },
      }),
      layout,
      'server',
    )
    expect(sweeps).toBe(-1)
    expect(readHolders(port, layout)).toMatchObject([{ file: note, kind: 'server' }])
  })

  it('where there is no folder for it, says so', () => {
    const { port } = make()
    port.removeFolder(layout.holders)
    expect(() => holdSession(port, layout, 'library')).toThrow(/ENOENT/)
    expect(port.list(layout.temporary)).toEqual([])
  })
})
