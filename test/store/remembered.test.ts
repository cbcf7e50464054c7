import { setTimeout } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { Remembered } from '../../lib/store/remembered.js'
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

  it('looks again by name alone, and finds the same', async () => {
    const { memory, verbs } = await make()
    const first = memory.survey().look(asked)
    verbs.splice(0)
    const survey = memory.survey()
    expect(survey.look(asked)).toEqual(first)
    expect(first.get('in/deep/none')).toBe(null)
    if (name !== 'memfs') {
      expect(new Set(verbs)).toEqual(new Set(['glance']))
      expect(survey.isUnchanged).toBe(true)
    }
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
    expect(survey.look(asked).size).toBe(0)
    expect([survey.isFolder('in'), survey.isFolder('in/deep')]).toEqual([false, false])
    expect(() => survey.list('in/deep')).toThrow()
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
