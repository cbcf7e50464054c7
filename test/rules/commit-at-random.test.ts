import { execFileSync } from 'node:child_process'
import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { CommitOptions, CommitResult } from '../../lib/index.js'
import type { Session } from '../../lib/session.js'
import { quickFileSystems } from '../support/file-systems.js'
import { type Place, places } from './support/places.js'

/** Each in its own way halved a move, or met a folder that would not go, before changes were decided by units. */
const seeds = [4, 17, 25, 70, 106, 120, 135, 146]

function randomFrom(seed: number) {
  let state = seed >>> 0
  const next = (): number => {
    state = (state * 1664525 + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(next() * items.length)] as Item
  const path = (): string => {
    const depth = 1 + Math.floor(next() * 3)
    return Array.from({ length: depth }, () => pick(names)).join('/')
  }
  return { next, pick, path }
}

type Random = ReturnType<typeof randomFrom>
const names = ['a', 'b', 'c.log', 'd', 'e']

/** What the disk refuses is no step. */
function byPerson({ fs, root }: Place, { next, pick, path }: Random, hasPipes: boolean): void {
  const at = `${root}/${path()}`
  const kind = next()
  try {
    if (kind < 0.35) {
      fs.mkdirSync(posix.dirname(at), { recursive: true })
      if (!fs.existsSync(at) || fs.statSync(at).isFile()) fs.writeFileSync(at, `P${Math.floor(next() * 1e6)}`)
    } else if (kind < 0.5) fs.mkdirSync(at, { recursive: true })
    else if (kind < 0.65) fs.rmSync(at, { recursive: true })
    else if (kind < 0.75) fs.renameSync(at, `${root}/${path()}`)
    else if (kind < 0.82) fs.symlinkSync(pick(names), at)
    else if (kind < 0.85) {
      if (hasPipes) execFileSync('mkfifo', [at], { stdio: 'ignore' })
    } else if (kind < 0.92) fs.chmodSync(at, fs.statSync(at).isDirectory() ? 0o750 : 0o755)
  } catch (error) {
    expect(error).toBeInstanceOf(Error)
  }
}

async function inSession(session: Session, { next, pick, path }: Random): Promise<void> {
  const at = path()
  const kind = next()
  try {
    if (kind < 0.35) {
      await session.fs.mkdir(posix.dirname(at), { recursive: true })
      await session.fs.writeFile(at, `S${Math.floor(next() * 1e6)}`)
    } else if (kind < 0.45) await session.fs.mkdir(at, { recursive: true })
    else if (kind < 0.65) await session.remove(at)
    else if (kind < 0.9) await session.fs.rename(at, path())
    else if (kind < 0.95) await session.fs.symlink(pick(names), at)
    else await session.fs.chmod(at, 0o755)
  } catch (error) {
    expect((error as { code?: string }).code).toEqual(expect.any(String))
  }
}

/** Everything in lower, by content and mode. */
function treeOf({ fs, root }: Place): Record<string, string> {
  const found: Record<string, string> = {}
  const visit = (folder: string): void => {
    for (const name of fs.readdirSync(`${root}/${folder}`).sort()) {
      const path = folder === '' ? name : `${folder}/${name}`
      if (path === 'workspace') continue
      const stat = fs.lstatSync(`${root}/${path}`)
      const mode = (stat.mode & 0o777).toString(8)
      if (stat.isFile()) found[path] = `${mode} ${fs.readFileSync(`${root}/${path}`, 'utf8')}`
      else found[path] = stat.isSymbolicLink() ? `-> ${fs.readlinkSync(`${root}/${path}`)}` : mode
      if (stat.isDirectory()) visit(path)
    }
  }
  visit('')
  return found
}

describe.each(quickFileSystems)('commits of random changes, on %s', (name, open) => {
  const make = places(open)

  it.each(seeds)('T2, T3, T5: do what was shown or nothing, and are undone whole (%i)', async (seed) => {
    const random = randomFrom(seed)
    const { next, pick } = random
    const place = make({ '.gitignore': '*.log\n' })
    const hasPipes = name !== 'memfs'
    for (let step = 0; step < 12; step++) byPerson(place, random, hasPipes)
    const workspace = await place.open()
    const session = (await workspace.start('draft')) as Session
    for (let steps = 2 + next() * 10; steps > 0; steps--) await inSession(session, random)
    for (let steps = next() * 8; steps > 0; steps--) byPerson(place, random, hasPipes)

    for (let closed = false, turn = 0; !closed && turn < 3; turn++) {
      const before = treeOf(place)
      const onConflict =
        turn === 2 ? 'keep_global' : pick(['keep_global', 'keep_session', undefined] as const)
      const options: CommitOptions = { includeIgnored: next() < 0.2, ...(onConflict ? { onConflict } : {}) }
      const preview = await session.preview(options)
      const shown = [...preview.modified, ...preview.created, ...preview.deleted].map(({ path }) => path)
      expect(new Set(shown).size, 'nothing is shown twice').toBe(shown.length)
      if (preview.conflicts.length > 0) {
        expect(onConflict, 'keep_global decides everything').not.toBe('keep_global')
        if (onConflict === 'keep_session') expect(preview.ways).not.toContain('keep_session')
        await expect(session.commit({ ...options, expect: preview.digest })).rejects.toThrow()
        expect(treeOf(place)).toEqual(before)
        continue
      }
      const result = (await session.commit({ ...options, expect: preview.digest })) as CommitResult
      expect(result.overtaken).toEqual([])
      const after = treeOf(place)
      for (const path of Object.keys({ ...before, ...after })) {
        const isFolder = /^\d+$/.test(after[path] ?? '')
        const isSame = before[path] === after[path] || isFolder
        const isShown = shown.some((one) => one === path || one.startsWith(`${path}/`))
        expect(isSame || isShown, path).toBe(true)
      }
      if (result.commitId !== null) await workspace.undo()
      expect(treeOf(place)).toEqual(before)
      closed = result.closed
    }
  })
})
