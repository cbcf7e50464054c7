import { type ChildProcess, spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fileSystems } from '../support/file-systems.js'
import { everyVerb } from './every-verb.js'

/** Another process exchanges the folder `acts` for a link to a folder outside and back, as fast as it can. */
const swapper = `
const fs = require('node:fs')
const [root, outside] = process.argv.slice(1)
fs.symlinkSync(outside, root + '/link')
process.send('ready')
for (const parent = process.ppid; process.ppid === parent; ) {
  for (let turn = 0; turn < 200; turn++) {
    fs.renameSync(root + '/acts', root + '/real')
    fs.renameSync(root + '/link', root + '/acts')
    fs.renameSync(root + '/acts', root + '/link')
    fs.renameSync(root + '/real', root + '/acts')
  }
}
`

const [, openDisk] = fileSystems.find(([name]) => name === 'a real disk') ?? []
const milliseconds = 1400
const patience = 10_000

describe.runIf(process.platform === 'linux')('a folder that is exchanged for a link to outside', () => {
  let system: ReturnType<NonNullable<typeof openDisk>>
  let outside: string
  let child: ChildProcess

  beforeEach(async () => {
    if (openDisk === undefined) throw new Error('There is no disk among the file systems.')
    system = openDisk()
    outside = `${dirname(system.root)}/outside`
    fs.mkdirSync(outside)
    fs.mkdirSync(`${system.root}/acts`)
    fs.writeFileSync(`${outside}/plan.md`, 'secret')
    fs.writeFileSync(`${outside}/plan.md.made`, 'secret')
    fs.writeFileSync(`${outside}/secret.md`, 'secret')
    fs.writeFileSync(`${system.root}/acts/plan.md`, 'inside')
    fs.writeFileSync(`${system.root}/other.md`, 'inside')
    child = spawn(process.execPath, ['-e', swapper, system.root, outside], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    await new Promise((resolve) => child.once('message', resolve))
  })

  afterEach(async () => {
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
    system.dispose()
  })

  it('P2: reads, makes, changes and removes nothing outside, whatever the verb', async () => {
    const before = everything(outside)
    const foreign = fs
      .readdirSync(outside)
      .map((name) => fs.lstatSync(`${outside}/${name}`, { bigint: true }).ino)
    const outcomes = new Map<string, number>()
    for (const end = Date.now() + milliseconds; Date.now() < end; ) {
      for (const [verb, run] of Object.entries(everyVerb)) {
        const outcome = await attempt(() => run(system.port, 'acts/plan.md', 'other.md'))
        outcomes.set(String(outcome.code), (outcomes.get(String(outcome.code)) ?? 0) + 1)
        expect(isForeign(outcome.value, foreign), `${verb} told of what is outside`).toBe(false)
      }
      ensureFiles()
    }
    expect(everything(outside)).toEqual(before)
    // The race was on: each of these is one that was met, or lost by the other side.
    expect(outcomes.get('PATH_ESCAPE')).toBeGreaterThan(10)
    expect(outcomes.get('done')).toBeGreaterThan(10)
  })

  it('leaks where a name is checked and then opened: the race is a real one', () => {
    let leaked = 0
    for (const end = Date.now() + patience; leaked === 0 && Date.now() < end; ) {
      try {
        const name = `${system.root}/acts/plan.md`
        if (!fs.realpathSync.native(name).startsWith(`${system.root}/`)) continue
        if (fs.readFileSync(name, 'utf8') === 'secret') leaked++
      } catch (error) {
        expect((error as NodeJS.ErrnoException).code).toBe('ENOENT')
      }
    }
    expect(leaked).toBeGreaterThan(0)
  })

  /** Verbs that move or remove the file make the rest fail; what is missing is put back through the port itself. */
  function ensureFiles(): void {
    for (const path of ['acts/plan.md', 'other.md']) {
      try {
        const file = system.port.create(path)
        file.write(Buffer.from('inside'))
        file.close()
      } catch {
        // It is there, or the folder is not, this time.
      }
    }
  }

  function everything(folder: string): unknown {
    return fs
      .readdirSync(folder)
      .sort()
      .map((name) => {
        const { ino, mode, mtimeNs, ctimeNs, nlink } = fs.lstatSync(`${folder}/${name}`, { bigint: true })
        return {
          name,
          ino,
          mode,
          mtimeNs,
          ctimeNs,
          nlink,
          content: fs.readFileSync(`${folder}/${name}`, 'utf8'),
        }
      })
  }
})

/** Whether a verb's answer holds a content, a name or an inode from outside. */
function isForeign(value: unknown, inodes: bigint[]): boolean {
  if (Array.isArray(value)) return value.some((each) => isForeign(each, inodes))
  if (typeof value === 'string') return value.includes('secret')
  if (typeof value !== 'object' || value === null || !('ino' in value)) return false
  return inodes.includes(BigInt(value.ino as bigint | number))
}

async function attempt(run: () => unknown): Promise<{ code: unknown; value?: unknown }> {
  try {
    return { code: 'done', value: await run() }
  } catch (error) {
    return { code: (error as { code?: unknown }).code ?? error }
  }
}
