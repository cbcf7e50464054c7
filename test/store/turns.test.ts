import { setTimeout } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { errnoError } from '../../lib/port/faults.js'
import { thisProcess } from '../../lib/port/host.js'
import type { FilePort } from '../../lib/port/port.js'
import { encodeLine } from '../../lib/store/append-log.js'
import { uniqueName } from '../../lib/store/files.js'
import { holdSession } from '../../lib/store/holders.js'
import { Turns } from '../../lib/store/turns.js'
import { interceptedPort } from '../support/faulty-port.js'
import { type FileSystem, fileSystems } from '../support/file-systems.js'

describe.each(fileSystems)('turns, on %s', (_name, open) => {
  let place: FileSystem
  const opened: Turns[] = []
  afterEach(() => {
    for (const turns of opened.splice(0)) turns.close(() => {})
    place.dispose()
  })

  const layout = { holders: 'holders', temporary: 'tmp' }
  function make(): FileSystem {
    place = open()
    for (const folder of Object.values(layout)) place.port.makeFolder(folder)
    return place
  }

  /** Somebody who takes turns, and the note by which that one is known. */
  function member(port: FilePort): { turns: Turns; note: string } {
    const turns = new Turns(port, 'turns', layout.holders, () => `${layout.temporary}/${uniqueName()}`)
    opened.push(turns)
    return { turns, note: holdSession(place.port, layout, 'library') }
  }

  /** A process had the turn when it died. */
  function leaveTurnOfTheDead({ fs, root }: FileSystem): void {
    fs.writeFileSync(`${root}/turns`, encodeLine({ take: ['dead', 1] }))
  }

  const failing = (): never => {
    throw errnoError('ENOSPC', 'write', 'somewhere')
  }

  it('are one after the other', async () => {
    const { port } = make()
    let busy = 0
    let done = 0
    const work = async (): Promise<void> => {
      busy += 1
      await setTimeout(1)
      expect(busy).toBe(1)
      busy -= 1
      done += 1
    }
    const lives = Array.from({ length: 4 }, async () => {
      const { turns, note } = member(port)
      for (let again = 0; again < 5; again++) await turns.run(note, work)
    })
    await Promise.all(lives)
    expect(done).toBe(20)
  })

  describe('without notes', () => {
    /** As every process has it that locks the workspace. */
    function memberByLine(port: FilePort): Turns {
      const aside = (): string => `${layout.temporary}/${uniqueName()}`
      const turns = new Turns(port, 'turns', layout.holders, aside, { withoutNotes: true, largest: 400 })
      opened.push(turns)
      return turns
    }

    it('S3: a turn passes on from a process that died, and not from one that lives', async () => {
      const { fs, root, port } = make()
      const dead = { ...thisProcess(), start: '0' }
      fs.writeFileSync(`${root}/turns`, encodeLine({ take: ['other', 1], by: dead }))
      expect(await memberByLine(port).run('one', () => 'had')).toBe('had')

      fs.writeFileSync(`${root}/turns`, encodeLine({ take: ['other', 1], by: thisProcess() }))
      let isOver = false
      const waiting = memberByLine(port).run('two', () => isOver)
      await setTimeout(200)
      isOver = true
      fs.appendFileSync(`${root}/turns`, encodeLine({ end: ['other', 1] }))
      expect(await waiting).toBe(true)
    })

    it('the log stays small, and whoever has it open follows it to a new one', async () => {
      const { port } = make()
      const [one, two] = [memberByLine(port), memberByLine(port)]
      const order: number[] = []
      for (let again = 0; again < 20; again++) {
        await one.run('one', () => void order.push(1))
        await two.run('two', () => void order.push(2))
      }
      expect(order).toEqual(Array.from({ length: 20 }, () => [1, 2]).flat())
      expect(Number(port.stat('turns')?.size)).toBeLessThan(2_000)
    })

    it('a log that was taken away is begun anew, and others take their turns in the same one', async () => {
      const { port } = make()
      const [one, two] = [memberByLine(port), memberByLine(port)]
      await one.run('one', () => {})
      port.remove('turns')
      const order: string[] = []
      let second: Promise<unknown> | undefined
      await one.run('one', async () => {
        second = two.run('two', () => order.push('second'))
        await setTimeout(100)
        order.push('first')
      })
      await second
      expect(order).toEqual(['first', 'second'])
    })

    it('S4: a turn whose end a failing disk did not take is over as soon as the disk takes it, its handle closed or not', async () => {
      const { port: plain } = make()
      let isFull = false
      const port = interceptedPort(plain, {
        before: ({ name, paths }) => void (isFull && name === 'write' && paths[0] === 'turns' && failing()),
      })
      const one = memberByLine(port)
      await one.run('one', () => {
        isFull = true
      })
      one.close(() => {})
      isFull = false
      expect(await memberByLine(plain).run('two', () => 'had')).toBe('had')
    })
  })

  it('S3: what a dead process began, and nobody could finish, is for whoever asks next to finish', async () => {
    leaveTurnOfTheDead(make())
    const [one, two, three] = [member(place.port), member(place.port), member(place.port)]
    let finished = 0
    const inherit = (): void => {
      finished += 1
    }
    const work = (): number => finished
    await expect(one.turns.run(one.note, work, { inherit: failing })).rejects.toThrow(/ENOSPC/)
    expect(await two.turns.run(two.note, work, { inherit })).toBe(1)
    expect(await three.turns.run(three.note, work, { inherit })).toBe(1)
    expect(await one.turns.run(one.note, work, { inherit })).toBe(1)
  })

  it('S3: so it is where a failing disk did not even take the line that hands the turn back', async () => {
    leaveTurnOfTheDead(make())
    let isFull = false
    const port = interceptedPort(place.port, {
      before: ({ name, paths }) => void (isFull && name === 'write' && paths[0] === 'turns' && failing()),
    })
    const { turns, note } = member(port)
    const refused = turns.run(note, () => {}, {
      inherit() {
        isFull = true
        failing()
      },
    })
    await expect(refused).rejects.toThrow(/ENOSPC/)
    isFull = false
    let finished = 0
    const inherit = (): void => {
      finished += 1
    }
    expect(await turns.run(note, () => finished, { inherit })).toBe(1)
  })
})
