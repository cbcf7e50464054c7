/** What an undo believes of the files that its commit put in place, without reading them. */
import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fileSystems } from '../support/file-systems.js'
import { book, type Place, places, plan, scene } from './support/places.js'

const disks = fileSystems.filter(([name]) => name !== 'memfs')

describe.runIf(process.platform === 'linux').each(disks)('an undo, on %s', (_name, open) => {
  const make = places(open)

  async function committed(): Promise<Place> {
    const place = make()
    const session = await place.start()
    await session.write(plan, 'one plan\n')
    await session.write(scene, 'one scene\n')
    await session.commit()
    return place
  }

  /** As an editor does that writes in place, and then gives the file the time back that it had. */
  function writeInPlace({ root }: Place, path: string, text: string): void {
    const [file, reference] = [`${root}/${path}`, `${root}/reference`]
    execFileSync('touch', ['-r', file, reference])
    const before = fs.lstatSync(file, { bigint: true })
    const descriptor = fs.openSync(file, 'r+')
    fs.writeSync(descriptor, text, 0)
    fs.closeSync(descriptor)
    execFileSync('touch', ['-r', reference, file])
    fs.unlinkSync(reference)
    const { ino, size, mtimeNs } = fs.lstatSync(file, { bigint: true })
    expect({ ino, size, mtimeNs }).toEqual({ ino: before.ino, size: before.size, mtimeNs: before.mtimeNs })
  }

  it('T5: finds an edit of the same size, made in place, whose time was set back', async () => {
    const place = await committed()
    writeInPlace(place, plan, 'two')
    await expect((await place.open()).undo()).rejects.toMatchObject({
      code: 'CONFLICT',
      data: { conflicts: [{ path: plan, reason: 'changed since the commit' }] },
    })
    expect(place.read(plan)).toBe('two plan\n')
    expect(place.read(scene)).toBe('one scene\n')
  })

  it('T5: puts back what only got another name, or was written to with what it held', async () => {
    const place = await committed()
    fs.linkSync(`${place.root}/${plan}`, `${place.root}/other.md`)
    writeInPlace(place, scene, 'one')
    await (await place.open()).undo()
    expect(place.read(plan)).toBe(book[plan])
    expect(place.read(scene)).toBe(book[scene])
    expect(place.read('other.md')).toBe('one plan\n')
  })
})
