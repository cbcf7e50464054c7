import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bytesOf, textOf } from '../../lib/port/byte-names.js'
import { openDiskPort } from '../../lib/port/disk.js'

describe('names of bytes that are no text', () => {
  it('come back as the bytes they were, whatever those are', () => {
    for (const bytes of [
      [0xff],
      [0x61, 0x80, 0x62],
      [0xe2, 0x82],
      [0xe2, 0x82, 0xac, 0xe2],
      [0xed, 0xa0, 0x80],
    ]) {
      const text = textOf(Buffer.from(bytes))
      expect([...Buffer.from(bytesOf(text) as unknown as Uint8Array)]).toEqual(bytes)
      expect(JSON.parse(JSON.stringify(text))).toBe(text)
    }
    expect(textOf(Buffer.from('é €\ufffd😀'))).toBe('é €\ufffd😀')
    expect(bytesOf('é €\ufffd😀')).toBe('é €\ufffd😀')
  })
})

describe.runIf(process.platform === 'linux')('a disk with such names', () => {
  let folder: string
  beforeEach(() => {
    folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'cowrite-')))
  })
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

  it('they are listed, opened, made, linked, renamed and removed by every verb', async () => {
    const at = (...names: (string | Buffer)[]): Buffer =>
      Buffer.concat([Buffer.from(folder), ...names.flatMap((name) => [Buffer.from('/'), Buffer.from(name)])])
    const wild = Buffer.from([0x77, 0xff, 0x64])
    fs.mkdirSync(at(wild))
    fs.writeFileSync(at(wild, wild), 'there')
    const port = openDiskPort(folder)
    const name = port.list('')[0]?.name ?? ''
    expect(name).toBe('w\udcffd')
    expect(port.list(name)).toEqual([{ name, kind: 'file' }])
    const read = (path: string): string => {
      const file = port.openForReading(path)
      try {
        return file.readAll().toString()
      } finally {
        file.close()
      }
    }
    expect(read(`${name}/${name}`)).toBe('there')
    const file = port.create(`${name}/new-${name}`)
    file.write(Buffer.from('new'))
    file.close()
    port.link(`${name}/new-${name}`, `${name}/linked-${name}`)
    port.rename(`${name}/linked-${name}`, `${name}/moved-${name}`)
    port.symlink(`new-${name}`, `${name}/link`)
    expect(port.readLink(`${name}/link`)).toBe(`new-${name}`)
    expect(port.stat(`${name}/moved-${name}`)?.nlink).toBe(2n)
    expect(fs.readFileSync(at(wild, Buffer.concat([Buffer.from('moved-'), wild])), 'utf8')).toBe('new')
    const handle = await port.openHandle(`${name}/moved-${name}`, 'r')
    await handle.close()
    port.chmod(`${name}/moved-${name}`, 0o600)
    port.remove(`${name}/moved-${name}`)
    expect(port.stat(`${name}/moved-${name}`)).toBe(null)
    port.close()
  })
})
