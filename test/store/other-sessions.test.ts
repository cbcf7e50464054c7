import { describe, expect, it } from 'vitest'
import { places } from '../rules/support/places.js'
import { quickFileSystems } from '../support/file-systems.js'

describe.each(quickFileSystems)('what other sessions hold, on %s', (_name, open) => {
  const make = places(open)

  it('C6: is told as it is, whatever becomes of them after they were first asked', async () => {
    const workspace = await make().open()
    const mine = await workspace.start('mine')
    const other = await workspace.start('other')
    const told = async () => (await mine.write('notes.txt', `${Math.random()}\n`)).alsoChangedIn
    expect(await told()).toEqual([])
    await other.write('notes.txt', 'another\n')
    expect(await told()).toEqual(['other'])
    await other.write('notes.txt', 'remember the lamp\n') // As it was: no change any more.
    expect(await told()).toEqual([])
    await other.write('notes.txt', 'another\n')
    expect((await mine.status()).alsoChangedIn).toEqual([{ path: 'notes.txt', sessions: ['other'] }])
    await other.cancel()
    expect(await told()).toEqual([])
    const again = await workspace.start('other')
    expect(await told()).toEqual([])
    await again.write('notes.txt', 'once more\n')
    expect(await told()).toEqual(['other'])
  })
})
