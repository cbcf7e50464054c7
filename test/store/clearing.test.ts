import { afterEach, describe, expect, it } from 'vitest'
import type { FilePort } from '../../lib/port/port.js'
import { createStateFolder, sweepUnfinished } from '../../lib/store/config.js'
import { clearUnfinished } from '../../lib/store/session-store.js'
import { interceptedPort } from '../support/faulty-port.js'
import { type FileSystem, fileSystems } from '../support/file-systems.js'
import { readTree } from '../support/trees.js'

describe.each(fileSystems)('what is swept while another process still makes it, on %s', (_name, open) => {
  let place: FileSystem
  afterEach(() => place.dispose())

  /** A port on which whoever makes `unfinished` renames it into place right before the sweep's second removal. */
  function whileItIsPut(unfinished: string, into: string): FilePort {
    let removals = 0
    return interceptedPort(place.port, {
      before({ name }) {
        if (name !== 'remove' || ++removals !== 2 || place.port.stat(unfinished) === null) return
        place.port.rename(unfinished, into)
      },
    })
  }

  it('D1: a state folder is put in place whole, or not at all', () => {
    place = open()
    createStateFolder(place.port, 'workspace')
    const whole = readTree(place.fs, place.root, [])
    place.port.rename('workspace', '.cowrite-new-other')
    sweepUnfinished(whileItIsPut('.cowrite-new-other', 'workspace'))
    expect([{}, whole]).toContainEqual(readTree(place.fs, place.root, []))
  })

  it('D1: so is a session', () => {
    place = open()
    place.port.makeFolder('sessions')
    const unfinished = 'sessions/.new-other'
    place.port.makeFolder(unfinished)
    for (const name of ['a', 'b', 'c']) place.port.create(`${unfinished}/${name}`).close()
    clearUnfinished(whileItIsPut(unfinished, 'sessions/first'), unfinished)
    const left = place.port.list('sessions').map(({ name }) => name)
    expect(left.length === 0 || place.port.list('sessions/first').length === 3).toBe(true)
  })
})
