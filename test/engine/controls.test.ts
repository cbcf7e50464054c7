/** The guards taken out one by one: then the same checks must find what they are there to find. */
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { FilePort } from '../../lib/port/port.js'
import { Workspace } from '../../lib/workspace.js'
import { Crash, faultyPort, interceptedPort, type Verb } from '../support/faulty-port.js'
import { type FileSystem, quickFileSystems } from '../support/file-systems.js'
import { readTree, type Tree } from '../support/trees.js'
import { prepare, reboot } from './book.js'
import { commitWithEdit, type Edit, saveByRename, whereIs } from './edits.js'

const isIntent = (path: string | undefined): boolean => path?.endsWith('/intent.json') ?? false
const isLower = (path: string | undefined): boolean => path !== undefined && !path.startsWith('workspace/')

/** Says that the intent is in place, and puts none there. */
function withoutIntent(port: FilePort): FilePort {
  return interceptedPort(port, {
    before: ({ name, paths }) => (name === 'rename' && isIntent(paths[1]) ? 'skip' : undefined),
  })
}

/** Puts the intent in place once the first file of lower was renamed. */
function withLateIntent(port: FilePort): FilePort {
  let waiting: (() => void) | null = null
  return interceptedPort(port, {
    before({ name, paths: [from = '', to = ''] }) {
      if (name !== 'rename' || !isIntent(to)) return undefined
      waiting = () => port.rename(from, to)
      return 'skip'
    },
    after({ name, paths }) {
      if (waiting === null || name !== 'rename' || !paths.some(isLower)) return
      const place = waiting
      waiting = null
      place()
    },
  })
}

/** Answers every look at a live file, and at what was kept of it, with what was there at first. */
function lyingAbout(path: string): (port: FilePort) => FilePort {
  return (port) => {
    const first = port.stat(path)
    let kept: string | undefined
    const stat = (asked: string) => (asked === path || asked === kept ? first : port.stat(asked))
    return {
      ...port,
      stat,
      statEach: (folder, names) => names.map((name) => stat(folder === '' ? name : `${folder}/${name}`)),
      link(from, to) {
        if (from === path) kept = to
        port.link(from, to)
      },
    }
  }
}

// Each makes many workspaces, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 })

describe.each(quickFileSystems)('without the guards on %s', (kind, open) => {
  let prepared: Awaited<ReturnType<typeof prepare>>
  let before: Tree
  let after: Tree
  beforeAll(async () => {
    prepared = await prepare(open)
    const system = prepared.copyOf('changes')
    before = readTree(system.fs, system.root)
    const workspace = new Workspace(system.port, {})
    await (await workspace.session('draft')).commit()
    after = readTree(system.fs, system.root)
    await workspace.close()
    system.dispose()
  })
  afterAll(() => prepared.dispose())

  /** How many of the crashes, right before each step that changes lower, leave it neither old nor new. */
  async function tornStates(guarded: (port: FilePort) => FilePort): Promise<{ torn: number; tried: number }> {
    let [torn, tried] = [0, 0]
    for (let nth = 1; ; nth += kind === 'memfs' ? 2 : 9) {
      const system = prepared.copyOf('changes')
      let count = 0
      const faulty = faultyPort(
        system.port,
        (step) =>
          /^(rename|link|remove|removeFolder|makeFolder) (?!workspace\/journal\/\d+\/removed)/.test(step) &&
          touchesLower(step) &&
          ++count === nth,
        { how: 'crash before' },
      )
      const workspace = new Workspace(guarded(faulty.port), {})
      const crash = await (async () => (await workspace.session('draft')).commit())().catch(
        (error: unknown) => error,
      )
      if (!faulty.struck) {
        await workspace.close()
        system.dispose()
        return { torn, tried }
      }
      expect(crash).toBeInstanceOf(Crash)
      reboot(system)
      const next = new Workspace(system.port, {})
      await next.recoverDead()
      await next.close()
      const lower = readTree(system.fs, system.root)
      tried += 1
      if (!isSame(lower, before) && !isSame(lower, after)) torn += 1
      system.dispose()
    }
  }

  function touchesLower(step: string): boolean {
    const paths = step.slice(step.indexOf(' ') + 1).split(' -> ')
    return paths.some(isLower) && !/ -> workspace\/journal\/\d+\/old\//.test(step)
  }

  function isSame(one: Tree, other: Tree): boolean {
    return JSON.stringify(one) === JSON.stringify(other)
  }

  it('T2: with the intent no crash leaves a torn state', async () => {
    const { torn, tried } = await tornStates((port) => port)
    expect(tried).toBeGreaterThan(kind === 'memfs' ? 15 : 3)
    expect(torn).toBe(0)
  })

  it('T2: with the intent taken out, nearly every crash does', async () => {
    const { torn, tried } = await tornStates(withoutIntent)
    expect(torn).toBeGreaterThanOrEqual(tried - 1)
  })

  it('T2: with the intent written after the first rename, the crash between the two does', async () => {
    const system = prepared.copyOf('changes')
    const faulty = faultyPort(
      system.port,
      (step) => step.startsWith('rename') && isIntent(step.split(' -> ')[1]),
      {
        how: 'crash before',
      },
    )
    const workspace = new Workspace(withLateIntent(faulty.port), {})
    await expect((async () => (await workspace.session('draft')).commit())()).rejects.toThrow(Crash)
    reboot(system)
    const next = new Workspace(system.port, {})
    await next.recoverDead()
    await next.close()
    const lower = readTree(system.fs, system.root)
    expect(lower).not.toEqual(before)
    expect(lower).not.toEqual(after)
    system.dispose()
  })

  const edit: Edit = { name: 'saves', path: 'acts/act-1/chapter-01/scene-0101.md', make: saveByRename }

  /** Whose times tell when it was written: a file of this very moment would be looked into as well. */
  async function settledCopy(): Promise<FileSystem> {
    const system = prepared.copyOf('changes')
    await wait(2 * system.port.timestampGranularity)
    return system
  }

  it('T2: with the looks at the live files defeated, an edit is lost', async () => {
    const staging = ({ name, paths: [path = ''] }: Verb): boolean =>
      name === 'create' && /journal\/\d+\/new\//.test(path)
    const honest = await settledCopy()
    expect(whereIs(honest, edit, await commitWithEdit(honest, edit, staging))).toBe('refused')
    honest.dispose()
    const deceived = await settledCopy()
    const outcome = await commitWithEdit(deceived, edit, staging, lyingAbout(edit.path))
    expect(outcome.made).toBe(true)
    expect(whereIs(deceived, edit, outcome)).toBe('lost')
    deceived.dispose()
  })

  it('T2: the window between the last look and the rename is there, and it is one system call', async () => {
    const lost: string[] = []
    for (let nth = 1, tried = true; tried; nth++) {
      const system = await settledCopy()
      const seen: string[] = []
      let touches = 0
      const outcome = await commitWithEdit(system, edit, ({ name, paths }) => {
        seen.push(name)
        return paths.includes(edit.path) && ++touches === nth
      })
      tried = outcome.verb !== null
      if (tried && whereIs(system, edit, outcome) === 'lost')
        lost.push(`${seen.at(-2)}, then ${seen.at(-1)} to ${outcome.verb?.paths[1]}`)
      system.dispose()
    }
    expect(lost).toEqual([`stat, then rename to ${edit.path}`])
  })
})
