import { setTimeout } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { Remembered } from '../../lib/store/remembered.js'
import type { Survey } from '../../lib/store/survey.js'
import { interceptedPort } from '../support/faulty-port.js'
import { allFileSystems, type FileSystem } from '../support/file-systems.js'

describe.each(allFileSystems)('what a handle remembers, on %s', (name, open) => {
  const opened: FileSystem[] = []
  afterEach(() => {
    for (const system of opened.splice(0)) system.dispose()
  })

  /** The port tells which of its verbs were used. */
  async function make() {
    const system = open()
    opened.push(system)
    const { fs, root } = system
    fs.mkdirSync(`${root}/in/deep`, { recursive: true })
    fs.writeFileSync(`${root}/in/deep/a`, 'a')
    fs.writeFileSync(`${root}/in/b`, 'b')
    await setTimeout(60)
    const verbs: string[] = []
    const port = interceptedPort(system.port, { before: (verb) => void verbs.push(verb.name) })
    return { ...system, verbs, memory: new Remembered(port) }
  }
  const asked = ['in/deep/a', 'in/b', 'in/deep/none']

  function found(survey: Survey, paths = asked) {
    const seen = survey.look(paths)
    return paths.map((path) => seen.get(path))
  }

  it('looks again by name alone, and finds the same', async () => {
    const { memory, verbs } = await make()
    const first = found(memory.survey())
    verbs.splice(0)
    const survey = memory.survey()
    const seen = survey.look(asked)
    if (name !== 'memfs') {
      expect(new Set(verbs)).toEqual(new Set(['glance']))
      expect(survey.isUnchanged).toBe(true)
    }
    expect(asked.map((path) => seen.get(path))).toEqual(first)
    expect(first[2]).toBe(null)
  })

  it('looks at no folder whose name is known from the one around it', async () => {
    const { memory, verbs } = await make()
    const files = ['in/deep/a', 'in/b', 'in/away/c', 'in/away/deeper/d']
    memory.survey().look(files)
    verbs.splice(0)
    memory.survey().look(files)
    // The workspace, `in`, and the two files; of what lies in a folder that is not there nothing is asked.
    if (name !== 'memfs') expect(verbs).toEqual(Array(4).fill('glance'))
    expect(memory.survey().isFolder('in/deep')).toBe(name !== 'memfs')
    expect(memory.survey().isFolder('in/away')).toBe(false)
  })

  it('sees what came to a folder that was not there', async () => {
    const { memory, fs, root } = await make()
    const files = ['in/away/c', 'in/away/d']
    expect(found(memory.survey(), files)).toEqual([null, null])
    fs.mkdirSync(`${root}/in/away`)
    fs.writeFileSync(`${root}/in/away/d`, 'd')
    const [none, came] = found(memory.survey(), files)
    expect([none, came?.isFile()]).toEqual([null, true])
  })

  it('holds what two surveys find at once apart', async () => {
    const { memory, fs, root } = await make()
    memory.survey().look(asked)
    const [one, other] = [memory.survey(), memory.survey()]
    expect(one.isFolder('in')).toBe(other.isFolder('in'))
    fs.writeFileSync(`${root}/in/deep/a`, 'another')
    expect([found(one)[0]?.size, found(other)[0]?.size]).toEqual([7n, 7n])
  })

  it('remembers nothing that was written to a moment ago', async () => {
    const { memory, fs, root } = await make()
    fs.writeFileSync(`${root}/in/b`, 'c')
    memory.survey().look(asked)
    expect(memory.markOf('in/b')).toBe(undefined)
  })

  it('P2: believes nothing of what is behind a link that came to be on the way', async () => {
    const { memory, fs, root } = await make()
    memory.survey().look(asked)
    fs.renameSync(`${root}/in`, `${root}/../outside`)
    fs.symlinkSync('../outside', `${root}/in`)
    const survey = memory.survey()
    expect(found(survey)).toEqual([undefined, undefined, undefined])
    expect([survey.isFolder('in'), survey.isFolder('in/deep')]).toEqual([false, false])
    expect(() => survey.list('in/deep')).toThrow()
  })

  it('P2: believes no folder that was exchanged while only the one around it was looked at', async () => {
    const { memory, fs, root } = await make()
    memory.survey().look(asked)
    fs.renameSync(`${root}/in/deep`, `${root}/../elsewhere`)
    fs.symlinkSync('../../elsewhere', `${root}/in/deep`)
    await setTimeout(60)
    // All that this one learns is which entries `in` has by now.
    memory.survey().list('in')
    const survey = memory.survey()
    expect(survey.isFolder('in')).toBe(name !== 'memfs')
    expect(found(survey)[0]).toBe(undefined)
    expect(survey.isFolder('in/deep')).toBe(false)
  })

  it('lists a folder again once it got or lost an entry', async () => {
    const { memory, fs, root } = await make()
    const names = () =>
      memory
        .survey()
        .list('in')
        .map((entry) => entry.name)
        .sort()
    expect([names(), names()]).toEqual([
      ['b', 'deep'],
      ['b', 'deep'],
    ])
    fs.writeFileSync(`${root}/in/c`, 'c')
    expect(names()).toEqual(['b', 'c', 'deep'])
    fs.unlinkSync(`${root}/in/b`)
    expect(names()).toEqual(['c', 'deep'])
  })
})
