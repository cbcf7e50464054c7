import { describe, expect, it } from 'vitest'
import { encodeLine } from '../../lib/store/append-log.js'
import { comeToWork } from '../../lib/store/holders.js'
import { layoutOf } from '../../lib/store/layout.js'
import { takeBackSession } from '../../lib/store/session-store.js'
import { type Place, places } from '../rules/support/places.js'
import { interceptedPort } from '../support/faulty-port.js'
import { fileSystems } from '../support/file-systems.js'

const layout = layoutOf('workspace')
const own = layout.sessionLayout('first')

describe.each(fileSystems)('a session that could not be started, on %s', (_name, open) => {
  const make = places(open)

  async function started(): Promise<Place> {
    const place = make()
    await (await place.start()).close()
    return place
  }

  const write = ({ fs, root }: Place): void => {
    const entry = { path: 'a.md', kind: 'file', base: null, kept: null, firstWriteAt: '', adopted: true }
    fs.appendFileSync(`${root}/${own.record}`, encodeLine({ set: [entry], at: new Date().toISOString() }))
  }
  const work = ({ port }: Place): void => void comeToWork(port, own, 'library')
  const seal = ({ port }: Place): void => port.rename(own.record, own.sealedRecord)

  it('is taken back', async () => {
    const { port } = await started()
    takeBackSession(port, layout, 'first')
    expect(port.list(layout.sessions)).toEqual([])
  })

  it.each([
    ['is at work in it', work],
    ['was, and died', write],
    ['commits it', seal],
  ])('S4: stays where another process %s by now', async (_what, others) => {
    const place = await started()
    others(place)
    takeBackSession(place.port, layout, 'first')
    expect(place.names(layout.sessions)).toEqual(['first'])
  })

  it.each([
    ['comes to work in it', work],
    ['writes in it', write],
  ])('S4: stays where another process %s in that moment', async (_what, others) => {
    const place = await started()
    const port = interceptedPort(place.port, {
      before: ({ name, paths }) => void (name === 'rename' && paths[0] === own.folder && others(place)),
    })
    takeBackSession(port, layout, 'first')
    expect(place.names(layout.sessions)).toEqual(['first'])
  })

  it('S4: is not taken for another one that bears its name by now', async () => {
    const place = await started()
    const made = place.port.stat(own.folder)?.ino
    place.port.rename(own.folder, 'workspace/trash/gone')
    await (await place.start()).close()
    takeBackSession(place.port, layout, 'first', made)
    expect(place.names(layout.sessions)).toEqual(['first'])
  })
})
