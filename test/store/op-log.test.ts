import { afterEach, describe, expect, it } from 'vitest'
import { errnoError } from '../../lib/port/faults.js'
import type { LoggedOperation } from '../../lib/records-api.js'
import { layoutOf } from '../../lib/store/layout.js'
import { forgetOperations, OpLog, readOperations } from '../../lib/store/op-log.js'
import { interceptedPort } from '../support/faulty-port.js'
import { type FileSystem, fileSystems } from '../support/file-systems.js'

describe.each(fileSystems)('the op log, on %s', (_name, open) => {
  let place: FileSystem
  afterEach(() => place.dispose())

  const layout = layoutOf('workspace')
  function make(): FileSystem {
    place = open()
    place.port.makeFolder('workspace')
    return place
  }

  const operation = (note: string, session = 'draft'): LoggedOperation => ({
    at: '2026-01-16T09:15:23.000Z',
    ms: 1.5,
    operation: 'write_session_file',
    session,
    sessionCreatedAt: '2026-01-16T09:00:00.000Z',
    agent: 'default',
    client: 'cli',
    chat: null,
    paths: ['acts/plan.md'],
    outcome: 'ok',
    note,
  })
  const notes = (): (string | undefined)[] =>
    readOperations(place.port, layout).operations.map(({ note }) => note)

  it('keeps what was appended, in order, and skips a line that was cut short', () => {
    const { fs, root, port } = make()
    const log = new OpLog(port, layout)
    log.append(operation('one'))
    fs.appendFileSync(`${root}/${layout.operations}`, '\n0badc0de 900 {"at":"20')
    log.append(operation('two'))
    log.close()
    expect(readOperations(port, layout)).toMatchObject({
      operations: [operation('one'), operation('two')],
      damaged: 0,
    })
  })

  it('tells of damage, and reads what is whole', () => {
    const { fs, root, port } = make()
    const log = new OpLog(port, layout)
    for (const note of ['one', 'two', 'three']) log.append(operation(note))
    log.close()
    const file = `${root}/${layout.operations}`
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('"two"', '"twö"'))
    expect(notes()).toEqual(['one', 'three'])
    expect(readOperations(port, layout).damaged).toBe(1)
  })

  it('is bounded, and drops no line before there is as much that is newer as was promised', () => {
    const { port } = make()
    const bounds = { part: 1_000, kept: 3_000 }
    const writers = [1, 2, 3].map(() => new OpLog(port, layout, bounds))
    const size = JSON.stringify(operation('100')).length
    for (let at = 0; at < 120; at++) {
      writers[at % 3]?.append(operation(String(at)))
      const kept = notes().map(Number)
      expect([...kept].sort((left, right) => left - right)).toEqual(
        Array.from({ length: kept.length }, (_, place) => at - kept.length + 1 + place),
      )
      expect(kept.length).toBeGreaterThanOrEqual(Math.min(at + 1, Math.floor(bounds.kept / (size + 16))))
    }
    for (const writer of writers) writer.close()
    const files = port.list(layout.log).filter(({ name }) => name.endsWith('.jsonl'))
    const bytes = files.reduce((sum, { name }) => sum + Number(port.stat(`${layout.log}/${name}`)?.size), 0)
    expect(bytes).toBeLessThan(bounds.kept + 3 * bounds.part)
  })

  it('loses no line where another process puts the file aside at any step', () => {
    const { port } = make()
    const bounds = { part: 500, kept: 1_000_000 }
    const other = new OpLog(port, layout, bounds)
    let others = 0
    let isIn = false
    const log = new OpLog(
      interceptedPort(port, {
        before({ paths: [path = ''] }) {
          if (isIn || !path.startsWith(layout.log)) return
          isIn = true
          for (let line = 0; line < 3; line++) other.append(operation(`other ${others++}`))
          isIn = false
        },
      }),
      layout,
      bounds,
    )
    for (let at = 0; at < 20; at++) log.append(operation(`mine ${at}`))
    log.close()
    other.close()
    const all = notes()
    expect(all.filter((note) => note?.startsWith('mine'))).toHaveLength(20)
    expect(new Set(all)).toEqual(
      new Set(
        [...Array(20).keys()]
          .map((at) => `mine ${at}`)
          .concat([...Array(others).keys()].map((at) => `other ${at}`)),
      ),
    )
    expect(all).toHaveLength(20 + others)
  })

  it('on a full disk fails nobody, and the next line says how many are missing', () => {
    const { port } = make()
    let isFull = false
    const log = new OpLog(
      interceptedPort(port, {
        before({ name, paths: [path = ''] }) {
          if (isFull && name === 'write') throw errnoError('ENOSPC', 'write', path)
        },
      }),
      layout,
    )
    log.append(operation('before'))
    isFull = true
    log.append(operation('lost'))
    log.append(operation('lost, too'))
    expect(log.missed).toBe(2)
    isFull = false
    log.append(operation('after'))
    log.close()
    expect(readOperations(port, layout).operations).toEqual([
      operation('before'),
      { ...operation('after'), missedBefore: 2 },
    ])
  })

  it('has lines taken out, and keeps what others append at any step of that', () => {
    const { port } = make()
    const other = new OpLog(port, layout)
    for (let at = 0; at < 10; at++) other.append(operation(`old ${at}`, at % 2 === 0 ? 'draft' : 'other'))
    let others = 0
    let isIn = false
    const busy = interceptedPort(port, {
      before({ paths: [path = ''] }) {
        if (isIn || !path.startsWith(layout.log)) return
        isIn = true
        other.append(operation(`new ${others++}`))
        isIn = false
      },
    })
    const freed = forgetOperations(
      busy,
      layout,
      ({ session, note }) => session === 'draft' && note !== undefined && note.startsWith('old'),
    )
    expect(freed).toBeGreaterThan(5 * JSON.stringify(operation('old 0')).length)
    other.append(operation('last'))
    other.close()
    expect(others).toBeGreaterThan(3)
    const all = notes()
    expect(all.filter((note) => note?.startsWith('old'))).toEqual([
      'old 1',
      'old 3',
      'old 5',
      'old 7',
      'old 9',
    ])
    for (let at = 0; at < others; at++) expect(all, `new ${at}`).toContain(`new ${at}`)
    expect(all).toContain('last')
    expect(readOperations(port, layout).damaged).toBe(0)
  })

  it('finds the lines that hold a text', () => {
    const { port } = make()
    const log = new OpLog(port, layout)
    log.append(operation('one', 'draft'))
    log.append(operation('two', 'other'))
    log.close()
    const { operations } = readOperations(port, layout, JSON.stringify('other'))
    expect(operations.map(({ note }) => note)).toEqual(['two'])
  })
})
