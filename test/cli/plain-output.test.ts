import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Output } from '../../cli/io.js'
import { plainOutput } from '../../cli/plain-output.js'

describe('an output without a stream of Node’s', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cowrite-output-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const stream = (): Output => expect.fail('a stream was made')

  it('is had for a file and for nothing that is closed, or a device', () => {
    const device = openSync('/dev/null', 'w')
    const file = openSync(join(folder, 'had'), 'w')
    expect(plainOutput(file, stream, 'linux')?.isTTY).toBe(false)
    expect(plainOutput(file, stream, 'win32')).toBe(null)
    expect(plainOutput(device, stream, 'linux')).toBe(null)
    closeSync(file)
    closeSync(device)
    expect(plainOutput(file, stream, 'linux')).toBe(null)
  })

  it('writes all of it, text and bytes, with and without anybody who waits', () => {
    const path = join(folder, 'written')
    const file = openSync(path, 'w')
    const output = plainOutput(file, stream, 'linux') ?? expect.fail('none')
    const told: unknown[] = []
    output.write('Größe\n')
    output.write(Buffer.alloc(300_000, 'a'), (error) => told.push(error ?? 'written'))
    closeSync(file)
    expect(readFileSync(path, 'utf8')).toBe(`Größe\n${'a'.repeat(300_000)}`)
    expect(told).toEqual(['written'])
  })

  it('tells whoever waits what went wrong', () => {
    const file = openSync(join(folder, 'refused'), 'w')
    const readOnly = openSync(join(folder, 'refused'), 'r')
    const output = plainOutput(readOnly, stream, 'linux') ?? expect.fail('none')
    const told: unknown[] = []
    output.write('lost', (error) => told.push((error as NodeJS.ErrnoException).code))
    output.write('lost too')
    expect(told).toEqual(['EBADF'])
    closeSync(readOnly)
    closeSync(file)
  })
})
