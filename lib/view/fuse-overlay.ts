/** Views by fuse-overlayfs: a mount that stands in a folder until it is taken down, without leave to mount. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { accessSync, constants, mkdirSync, statfsSync } from 'node:fs'
import { platform } from 'node:os'
import type { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { CowriteError, errnoOf } from '../errors.js'
import { ancestorsOf, type WorkspacePath } from '../paths.js'
import { openDiskPort } from '../port/disk.js'
import { findProgram } from '../port/host.js'
import type { FilePort } from '../port/port.js'
import type { ViewLayout } from '../store/layout.js'
import { removePlace } from './place.js'
import { populate, whiteouts } from './populate.js'
import { processesInFolder } from './processes.js'
import type { StandingProvider, ViewPlan } from './provider.js'
import { showScratch } from './scratch.js'
import { identityIn } from './shown.js'
import { isWhiteout, overlayTree, type Tree } from './tree.js'
import { updateOverlay } from './updating-overlay.js'

export const fuseOverlay: StandingProvider = {
  name: 'fuse-overlay',

  missing({ port }) {
    if (platform() !== 'linux') return 'it is for Linux'
    if (port.viewUpper !== null) return 'no view stands in another'
    if (findProgram('fuse-overlayfs') === null) return 'fuse-overlayfs is not installed'
    if (unmounter() === null) return 'fusermount3 is not installed'
    return mayMount() ? null : 'this user may not open /dev/fuse'
  },

  async stand(plan, folder, store, shown, { onBegin }) {
    onBegin?.({ provider: 'fuse-overlay', files: 0, bytes: 0 })
    const { port, view, state, scratch } = plan
    await populate(store, view, shown)
    if (scratch) await showScratch(store, { own: port, at: view.at, identityIn }, shown)
    // Nobody cleans up, or finds, other sessions in there.
    whiteouts(store, view)(state)
    mkdirSync(folder)
    await mount(plan, folder)
    return treeAt(port, view, folder)
  },

  find: ({ port, view, folder }) =>
    folder !== null && mountAt(folder) === 'there' ? treeAt(port, view, folder) : null,

  async findAgain(plan, folder) {
    const found = mountAt(folder)
    if (found === 'no folder') return null
    if (found === 'broken') await unmount(folder)
    if (found !== 'there') await mount(plan, folder)
    return treeAt(plan.port, plan.view, folder)
  },

  async update(store, view, tree, shown) {
    const folder = tree.merged.root
    const plan = { port: store.port, view }
    // It shows lower as it was when it was put up, and not all of that where something was deleted there since.
    tree.merged.close()
    const isPutUpAgain = (await run(unmounter() ?? 'fusermount3', ['-u', folder])) === ''
    if (isPutUpAgain) await mount(plan, folder)
    await updateOverlay(store, view, tree, shown, isPutUpAgain)
  },

  processesIn: ({ folder }, options) => (folder === null ? [] : processesInFolder(folder, options)),

  async end({ folder }) {
    if (folder === null) return
    const found = mountAt(folder)
    if (found === 'there' || found === 'broken') await unmount(folder)
    removePlace(folder)
  },
}

function mayMount(): boolean {
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK)
    return true
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return false
  }
}

function unmounter(): string | null {
  return findProgram('fusermount3') ?? findProgram('fusermount')
}

/** Linux's number for what a program of its own answers for. */
const fuseType = 0x65735546

/** Its program may have ended, as by a kill: then nobody answers. */
function mountAt(folder: string): 'there' | 'broken' | 'not mounted' | 'no folder' {
  try {
    return statfsSync(folder).type === fuseType ? 'there' : 'not mounted'
  } catch (error) {
    if (errnoOf(error) === 'ENOTCONN') return 'broken'
    if (errnoOf(error) === 'ENOENT') return 'no folder'
    throw error
  }
}

/**
 * By names from the workspace, which hold neither commas nor colons, that would mean something there. It stays in that
 * folder, from which it goes on to look them up, and so is no daemon that has gone to another.
 */
async function mount({ port, view }: Pick<ViewPlan, 'port' | 'view'>, folder: string): Promise<void> {
  const options = `lowerdir=.,upperdir=${view.upper},workdir=${view.work}`
  const child = spawn('fuse-overlayfs', ['-f', '-o', options, folder], {
    cwd: port.entrance,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const said = wordsOf(child)
  while (child.exitCode === null && child.signalCode === null && mountAt(folder) !== 'there') {
    await Promise.race([said, setTimeout(lookEvery)])
  }
  if (mountAt(folder) === 'there') {
    child.stderr.destroy()
    child.unref()
    return
  }
  const reason = reasonIn(await said) || 'it gave no reason'
  throw new CowriteError('UNSUPPORTED', `fuse-overlayfs does not mount a view: ${reason}`, { what: 'view' })
}

/** It warns of options that it takes from the mount around, in lines of their own, and goes on. */
function reasonIn(said: string): string {
  const lines = said.split('\n').filter((line) => line !== '' && !line.startsWith('unknown argument ignored'))
  return lines.join('; ')
}

/** In milliseconds. */
const lookEvery = 2

/** Where the one who takes it down stands in it themselves, it is gone as soon as they leave. */
async function unmount(folder: string): Promise<void> {
  const program = unmounter() ?? 'fusermount3'
  const said = (await run(program, ['-u', folder])) && (await run(program, ['-u', '-z', folder]))
  const found = mountAt(folder)
  if (found !== 'there' && found !== 'broken') return
  throw new CowriteError('IO', `The view in ${folder} could not be taken down: ${said}`, { path: folder })
}

/** What it says, where it does not end well. */
async function run(program: string, words: string[]): Promise<string> {
  const child = spawn(program, words, { cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] })
  return wordsOf(child)
}

/** What a program has said when it ended; nothing where it ended well. */
function wordsOf(child: ChildProcessByStdio<null, null, Readable>): Promise<string> {
  return new Promise((resolve) => {
    let said = ''
    child.stderr.on('data', (text: Buffer) => (said += text.toString()))
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (status) => resolve(status === 0 ? '' : said.trim() || `exit status ${status}`))
  })
}

/** How it hides what lower has where it may make no devices. */
const whiteoutMark = '.wh.'

/** In a folder that was made anew, where nothing of lower's shows. */
const opaqueMark = '.wh..wh..opq'

/** By what it has written itself: its listings leave out what is there, where something in lower was deleted since. */
function leftIn(
  { stat, list }: FilePort,
  { at }: ViewLayout,
  folder: WorkspacePath,
  lower: ReadonlySet<string>,
): Set<string> | null {
  if (!stat(at(folder))?.isDirectory()) return null
  const own = list(at(folder)).map(({ name }) => name)
  const isHidden = (name: string): boolean => {
    const found = stat(`${at(folder)}/${name}`)
    return found === null || isWhiteout(found)
  }
  const isOpaque = [...ancestorsOf(folder), folder].some((path) => stat(`${at(path)}/${opaqueMark}`) !== null)
  const names = new Set(own.filter((name) => !name.startsWith(whiteoutMark) && !isHidden(name)))
  if (isOpaque) return names
  const hidden = new Set(own)
  for (const name of lower) if (!hidden.has(name) && !hidden.has(`${whiteoutMark}${name}`)) names.add(name)
  return names
}

function treeAt(port: FilePort, view: ViewLayout, folder: string): Tree {
  return {
    // A program that reads the workspace's files by their names, as we do.
    ...overlayTree(port, view, openDiskPort(folder), () => []),
    isApart: true,
    hides: (name, stat) => isWhiteout(stat) || name.startsWith(whiteoutMark),
    left: (path, lower) => leftIn(port, view, path, lower),
  }
}
