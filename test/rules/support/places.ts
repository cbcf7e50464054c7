import * as nodeFs from 'node:fs'
import { posix } from 'node:path'
import { afterEach, expect } from 'vitest'
import { openWorkspace, type Workspace, type WorkspaceOptions } from '../../../lib/index.js'
import type { Session } from '../../../lib/session.js'
import type { FileSystem, OpenFileSystem } from '../../support/file-systems.js'

/** A small book to work on, and its files directly. */
export interface Place extends FileSystem {
  open(options?: WorkspaceOptions): Promise<Workspace>
  /** Opens the workspace and starts a session. */
  start(name?: string): Promise<Session>
  put(path: string, content: string | Uint8Array): void
  read(path: string): string
  has(path: string): boolean
  names(folder: string): string[]
  json(path: string): never
}

export const book = {
  'acts/act-1/plan.md': 'The plan.\n\nThey meet.\n',
  'acts/act-1/chapters/chapter-01/content/scene-0101.md': 'It was dark.\nIt rained.\n\nThe door opened.\n',
  'acts/act-1/chapters/chapter-01/content/scene-0102.md': 'Morning came.\n',
  'context/characters/alexa.json': '{ "name": "Alexa" }\n',
  'notes.txt': 'remember the lamp\n',
}
export const scene = 'acts/act-1/chapters/chapter-01/content/scene-0101.md'
export const plan = 'acts/act-1/plan.md'

/** Call inside a `describe`: each call of the result makes a place, and what was made goes after each test. */
export function places(open: OpenFileSystem): (files?: Record<string, string>) => Place {
  const made: { place: FileSystem; workspaces: Workspace[] }[] = []
  afterEach(async () => {
    for (const { place, workspaces } of made.splice(0)) {
      for (const workspace of workspaces) await workspace.close()
      place.dispose()
    }
  })
  return (files = book) => {
    const system = open()
    const workspaces: Workspace[] = []
    made.push({ place: system, workspaces })
    const place = placeOn(system, workspaces)
    for (const [path, content] of Object.entries(files)) place.put(path, content)
    return place
  }
}

export function placeOn(system: FileSystem, workspaces: Workspace[] = []): Place {
  const { fs, root } = system
  const at = (path: string): string => `${root}/${path}`
  const place: Place = {
    ...system,
    async open(options = {}) {
      const inMemory = fs === nodeFs ? {} : { fs }
      const workspace = await openWorkspace(root, { ...inMemory, ...options } as WorkspaceOptions)
      workspaces.push(workspace)
      return workspace
    },
    async start(name = 'first') {
      return (await (await place.open()).start(name)) as Session
    },
    put(path, content) {
      // memfs knows no umask.
      fs.mkdirSync(posix.dirname(at(path)), { recursive: true, mode: 0o755 })
      fs.writeFileSync(at(path), content, { mode: 0o644 })
    },
    read: (path) => fs.readFileSync(at(path), 'utf8'),
    has: (path) => fs.existsSync(at(path)),
    names: (folder) => fs.readdirSync(at(folder)).sort(),
    json: (path) => JSON.parse(place.read(path)) as never,
  }
  return place
}

/** Everything in lower, with times to the nanosecond: what must not change. */
export function lowerOf({ fs, root }: FileSystem, state = 'workspace'): Record<string, string> {
  const found: Record<string, string> = {}
  const visit = (folder: string): void => {
    for (const name of fs.readdirSync(`${root}/${folder}`)) {
      const path = folder === '' ? name : `${folder}/${name}`
      if (path === state) continue
      const stat = fs.lstatSync(`${root}/${path}`, { bigint: true })
      const content = stat.isFile()
        ? fs.readFileSync(`${root}/${path}`).toString('base64')
        : stat.isSymbolicLink()
          ? fs.readlinkSync(`${root}/${path}`)
          : ''
      found[path] = `${stat.mode.toString(8)} ${stat.mtimeNs} ${content}`
      if (stat.isDirectory()) visit(path)
    }
  }
  visit('')
  return found
}

/** The code of what a call throws; fails where it throws nothing. */
export async function codeOf(work: Promise<unknown> | (() => Promise<unknown>)): Promise<string> {
  const thrown = await (typeof work === 'function' ? work() : work).then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(thrown, 'it was expected to throw').toBeInstanceOf(Error)
  return String((thrown as { code?: unknown }).code ?? thrown)
}

/** What a call throws. */
export async function thrownBy<Shape = { code: string; message: string; data: Record<string, unknown> }>(
  work: Promise<unknown>,
): Promise<Shape> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(thrown, 'it was expected to throw').toBeInstanceOf(Error)
  return thrown as Shape
}

export const paths = (changes: readonly { path: string }[]): string[] => changes.map(({ path }) => path)
