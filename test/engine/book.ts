/** A small book, and a session with changes of every kind over it. */

import type { FilePort } from '../../lib/port/port.js'
import { defaultConfig } from '../../lib/store/config-schema.js'
import { makeGuard } from '../../lib/store/guard.js'
import { layoutOf } from '../../lib/store/layout.js'
import { changeMode, makeFolder, makeLink } from '../../lib/store/making.js'
import type { SessionStore } from '../../lib/store/overlay.js'
import { PathIndex } from '../../lib/store/path-index.js'
import { removeFile } from '../../lib/store/removing.js'
import { closeStore, openStore } from '../../lib/store/session-store.js'
import { Workspace } from '../../lib/workspace.js'
import type { FileSystem, OpenFileSystem } from '../support/file-systems.js'
import { copyWorkspace } from '../support/trees.js'

const hourAgo = new Date(Date.now() - 3_600_000)

const files: Record<string, string> = {
  'acts/act-1/chapter-01/plan.md': 'plan\n',
  'acts/act-1/chapter-01/scene-0101.md': 'one\n\ntwo\n\nthree\n',
  'acts/act-1/chapter-01/scene-0102.md': 'second scene\n',
  'acts/act-1/chapter-02/scene-0101.md': 'another first scene\n',
  'acts/act-1/chapter-02/scene-0201.md': 'to be moved\n',
  'acts/act-1/chapter-02/cut.md': 'to be deleted\n',
  'acts/act-2/outline.md': 'a file where a folder will be\n',
  'acts/empty.md': '',
  'context/merged.md': 'first\n\nsecond\n\nthird\n\nfourth\n',
  'context/people/alexa.json': '{"name":"Alexa"}\n',
  'context/people/boris.json': '{"name":"Boris"}\n',
  'context/old/a.md': 'old a\n',
  'context/old/b.md': 'old b\n',
  'context/old/deep/c.md': 'old c\n',
  'context/ideas/one.md': 'idea one\n',
  'context/ideas/two.md': 'idea two\n',
  'context/drafts/x.md': 'draft x\n',
  'context/drafts/y.md': 'draft y\n',
  'tools/run.sh': '#!/bin/sh\n',
  'untouched.md': 'nobody writes here\n',
}
const links: Record<string, string> = {
  'context/plan-link': '../acts/act-1/chapter-01/plan.md',
  'context/old-link': 'people/alexa.json',
}

/** The live files, an hour old, so that whatever is written by a test is newer. */
export function writeBook({ fs, root }: FileSystem): void {
  for (const [path, content] of Object.entries(files)) {
    fs.mkdirSync(`${root}/${path.slice(0, path.lastIndexOf('/') + 1)}`, { recursive: true })
    fs.writeFileSync(`${root}/${path}`, content, { mode: 0o644 })
    fs.utimesSync(`${root}/${path}`, hourAgo, hourAgo)
  }
  for (const [path, target] of Object.entries(links)) fs.symlinkSync(target, `${root}/${path}`)
  fs.mkdirSync(`${root}/context/nothing-in-it`)
  fs.writeFileSync(`${root}/.gitignore`, '*.cache\n')
}

/** The session as the store sees it, for what `Session` has no call of its own for. */
export function storeOf(port: FilePort, session: string): SessionStore {
  const layout = layoutOf('workspace')
  return openStore(
    port,
    layout,
    makeGuard(port, layout, defaultConfig()),
    new PathIndex(port, layout),
    session,
  )
}

/** Every kind of change there is, at least twenty of them, and two retries of one base name. */
export async function writeEverything(workspace: Workspace, port: FilePort, name = 'draft'): Promise<void> {
  const session = await workspace.session(name)
  await session.write('acts/act-1/chapter-01/scene-0101.md', 'one\n\ntwo, rewritten\n\nthree\n')
  await session.write('acts/act-1/chapter-01/scene-0102.md', 'second scene, longer\n')
  await session.write('acts/empty.md', 'no longer empty\n')
  await session.edit('context/people/boris.json', 'Boris', 'Борис')
  await session.write('acts/act-1/chapter-01/scene-0103.md', 'third scene\n')
  await session.write('acts/act-3/chapter-09/scene-0901.md', 'in new folders\n')
  await session.write('context/merged.md', 'first, by the session\n\nsecond\n\nthird\n\nfourth\n')
  await session.remove('acts/act-1/chapter-02/cut.md')
  await session.move('acts/act-1/chapter-02/scene-0201.md', 'acts/act-2-scenes/scene-0201.md')
  await session.move('context/ideas', 'context/themes')
  await session.remove('context/old')
  await session.remove('context/drafts')
  await session.write('context/drafts', 'a file where a folder was\n')
  await session.remove('acts/act-2/outline.md')
  await session.write('acts/act-2/outline.md/part-1.md', 'a folder where a file was\n')
  await session.retry('acts/act-1/chapter-01/scene-0101.md', 'Too much exposition')
  await session.retry('acts/act-1/chapter-02/scene-0101.md', 'The wrong voice')
  const store = storeOf(port, name)
  await changeMode(store, 'tools/run.sh', 0o755)
  makeFolder(store, 'context/quiet')
  await makeLink(store, 'people/boris.json', 'context/new-link')
  await removeFile(store, 'context/plan-link')
  await makeLink(store, 'merged.md', 'context/plan-link')
  await removeFile(store, 'context/old-link')
  closeStore(store)
  await session.write('acts/notes.cache', 'ignored\n')
}

/** The live file that both sides change, and whose texts go together. */
export function editMeanwhile({ fs, root }: FileSystem): void {
  fs.writeFileSync(`${root}/context/merged.md`, 'first\n\nsecond\n\nthird\n\nfourth, by hand\n')
}

export const stages = ['a book', 'a session', 'changes', 'a commit'] as const
export type Stage = (typeof stages)[number]

/** Workspaces at every stage, prepared once, and copies of them. */
export async function prepare(open: OpenFileSystem): Promise<{
  copyOf(stage: Stage | FileSystem): FileSystem
  dispose(): void
}> {
  const prepared = new Map<Stage, FileSystem>()
  for (const stage of stages) {
    const system = open()
    prepared.set(stage, system)
    writeBook(system)
    if (stage === 'a book') continue
    const workspace = new Workspace(system.port, {})
    const other = await workspace.start('other', { description: 'nobody touches it' })
    await other.write('untouched.md', 'somebody else\n')
    await workspace.start('draft')
    if (stage !== 'a session') {
      await writeEverything(workspace, system.port)
      editMeanwhile(system)
    }
    if (stage === 'a commit') await (await workspace.session('draft')).commit()
    await workspace.close()
  }
  return {
    copyOf(stage) {
      const copy = open()
      copyWorkspace(typeof stage === 'string' ? (prepared.get(stage) as FileSystem) : stage, copy)
      return copy
    },
    dispose() {
      for (const system of prepared.values()) system.dispose()
    },
  }
}

const nobody = { host: '', boot: null, pid: 0, start: null }

/** What a restart of the machine leaves of a process: no locks that anybody waits for, and notes of the dead. */
export function reboot({ fs, root }: FileSystem): void {
  const state = `${root}/workspace`
  if (!fs.existsSync(`${state}/log`)) return
  fs.rmSync(`${state}/log/locks`, { recursive: true, force: true })
  const notes: string[] = []
  for (const session of fs.readdirSync(`${state}/sessions`)) {
    const holders = `${state}/sessions/${session}/.cowrite/holders`
    if (fs.existsSync(holders)) for (const note of fs.readdirSync(holders)) notes.push(`${holders}/${note}`)
  }
  for (const entry of fs.readdirSync(`${state}/journal`)) {
    const owner = `${state}/journal/${entry}/owner.json`
    if (fs.existsSync(owner)) notes.push(owner)
  }
  for (const note of notes) {
    try {
      const value = JSON.parse(fs.readFileSync(note, 'utf8')) as object
      fs.writeFileSync(note, JSON.stringify({ ...value, process: nobody }))
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error // Cut short: it names nobody as it is.
    }
  }
}
