/** Views by the kernel's overlayfs, in a mount namespace that only the command and its children see. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { relative } from 'node:path'
import { type Duplex, PassThrough, type Readable } from 'node:stream'
import { CowriteError, errnoOf } from '../errors.js'
import { isWithin } from '../paths.js'
import { openPortThrough } from '../port/disk.js'
import { isAlive, isRoot, ownOwner, type ProcessIdentity, processAt, sendSignal } from '../port/host.js'
import { mountsBelow, mountsSeenBy } from '../port/mounts.js'
import type { FilePort } from '../port/port.js'
import type { Ended } from '../run-api.js'
import { replaceFile, toJson } from '../store/files.js'
import { artifactsFolder, type ViewLayout } from '../store/layout.js'
import { mountsInTheWay, othersFiles, othersFolder } from './obstacles.js'
import { namespaceOf, processesSeeing } from './processes.js'
import type { Command, CommandProvider, OpenView, ViewPlan } from './provider.js'
import { keeper as keeperScript, noFolder, setup } from './setup.js'
import { overlayTree, type Tree } from './tree.js'
import { isProcess, letTimePass, readOwnJson } from './view-folder.js'

/** Who stands beneath a view, for others who look into it. */
interface Keeper {
  process: ProcessIdentity
  namespace: string
}

export const kernelOverlay: CommandProvider = {
  name: 'kernel-overlay',

  async open(plan, command) {
    requireDisk(plan.port)
    requireFolders(plan)
    // What a command has left comes in all the same, but for what lies where something is mounted.
    if (command !== null) requireOneFileSystem(plan)
    let refusal = ''
    for (const way of waysIn()) {
      const opened = await tryToOpen(plan, command, way)
      if (typeof opened !== 'string') return opened
      refusal = opened
    }
    throw new CowriteError(
      'UNSUPPORTED',
      `This machine does not let cowrite mount a view: ${refusalInWords(plan, refusal)}`,
      { what: 'run' },
    )
  },

  find({ port, view }) {
    const found = keeperOf(port, view.keeper)
    if (found === null || isAlive(found.process) !== 'alive') return null
    return treeOf(port, view, found.process.pid)
  },

  processesIn({ port, view }) {
    const found = keeperOf(port, view.keeper)
    return found === null ? [] : processesSeeing(found.process.pid, found.namespace)
  },
}

/** mount(8) tells in several lines, of each mount and where to read on; the first says it. */
function refusalInWords({ port, view }: ViewPlan, said: string): string {
  const own = ownOwner()
  const others = own && othersFolder(port, view.work, own)
  return others || said.split('\n', 1)[0] || 'no reason was given'
}

function requireDisk(port: FilePort): void {
  const there = statSync(port.entrance, { bigint: true, throwIfNoEntry: false })
  if (there !== undefined && there.ino === port.stat('')?.ino) return
  throw new CowriteError('UNSUPPORTED', 'A workspace in memory cannot be shown to other programs.', {
    what: 'run',
  })
}

function requireOneFileSystem({ port, state, scratch }: ViewPlan): void {
  const inTheWay = mountsInTheWay(port, scratch ? [state, artifactsFolder] : [state])
  if (inTheWay !== null) throw new CowriteError('UNSUPPORTED', inTheWay, { what: 'run' })
}

/** What is mounted, by names that the kernel looks up, must be what it is taken for, and no link to somewhere else. */
function requireFolders({ port, view, session, scratch }: ViewPlan): void {
  for (const path of [
    view.upper,
    view.work,
    view.real,
    session.folder,
    ...(scratch ? [session.artifacts] : []),
  ]) {
    if (port.stat(path)?.isDirectory()) continue
    throw new CowriteError('CORRUPT', `${path} is no folder.`, { path })
  }
}

/**
 * Root needs no namespace of users, in which it could not write what belongs to others; where it may not mount, as in
 * most containers, it goes like everybody: as the same user, with leave to mount in a namespace of its own.
 */
export function waysIn(): string[][] {
  const asOneself = ['--user', '--map-current-user', '--keep-caps', '--mount']
  return isRoot() ? [['--mount'], asOneself] : [asOneself]
}

/** What went wrong, in the words of whoever refused, where the view cannot be had this way. */
async function tryToOpen(plan: ViewPlan, command: Command | null, way: string[]): Promise<OpenView | string> {
  const { port } = plan
  const shell = ['sh', '-c', setup, 'cowrite-view', ...setupArguments(plan, command, way)]
  const child: ChildProcess = spawn('unshare', [...way, ...shell], {
    cwd: port.entrance,
    env: { ...command?.env, COWRITE_KEEPER: keeperScript },
    stdio: stdioOf(command),
  })
  const ended = endOf(child)
  const output = { stdout: kept(child.stdout), stderr: kept(child.stdio[4] as Readable | null | undefined) }
  const told = textOf(pipeOf(child, 2))
  // Where there is no program, nothing begins.
  const missing = new Promise<string>((resolve) => child.once('error', (error) => resolve(reasonOf(error))))
  const number = await Promise.race([lineOf(pipeOf(child, 3)), missing])
  const pid = Number.parseInt(number, 10)
  if (!Number.isSafeInteger(pid)) {
    // The keeper waits for its end.
    pipeOf(child, 5)?.destroy()
    const end = await ended.catch(reasonOf)
    if (command !== null && typeof end !== 'string' && end.exitCode === noFolder) throw gone(plan, command)
    return (await told).trim() || number
  }
  const found: Keeper = { process: processAt(pid), namespace: namespaceOf(pid) ?? '' }
  try {
    replaceFile(port, plan.view.keeper, toJson(found))
    if (command !== null) await letTimePass(port, plan.view)
    const open = openView(plan, child, found)
    const own = command !== null && way.includes('--keep-caps') ? ownOwner() : null
    const unwritable = own && othersFiles(port, own)
    // A shell that was killed meanwhile reads nothing, and its end tells.
    pipeOf(child, 3).end('begin\n')
    return { ...open, ...output, unwritable, ended }
  } catch (error) {
    // Nothing has begun, nor does it now.
    pipeOf(child, 3).destroy()
    pipeOf(child, 5).destroy()
    await ended.catch(reasonOf)
    throw error
  }
}

function gone({ port }: ViewPlan, { cwd }: Command): CowriteError {
  const path = isWithin(cwd, port.root) ? relative(port.root, cwd) : cwd
  const where = `The command was to begin in ${cwd}, and the session has no such folder`
  return new CowriteError('NOT_FOUND', `${where}: begin in another, or bring it back.`, { path })
}

function reasonOf(error: unknown): string {
  if (errnoOf(error) === undefined) throw error
  return errnoOf(error) === 'ENOENT' ? 'unshare(1) is not installed' : String((error as Error).message)
}

function stdioOf(command: Command | null): StdioOptions {
  const own = command?.stdio ?? 'ignore'
  if (own === 'inherit') return [0, 1, 'pipe', 'pipe', 2, 'pipe']
  if (own === 'stderr') return [0, 2, 'pipe', 'pipe', 2, 'pipe']
  return [own, own, 'pipe', 'pipe', own, 'pipe']
}

function setupArguments(
  { port, state, session, view, scratch }: ViewPlan,
  command: Command | null,
  way: readonly string[],
): string[] {
  return [
    port.root,
    spelledInList(port.root),
    state,
    session.folder.slice(state.length + 1),
    view.folder,
    mountFlags(port),
    scratch ? artifactsFolder : '',
    port.viewUpper === null ? '' : 'nested',
    command?.cwd ?? '/',
    command === null ? 'wait' : '',
    way.includes('--keep-caps') ? 'gained' : '',
    ...(command === null ? [] : [command.program, ...command.args]),
  ]
}

/** As fstab(5) has it. */
function spelledInList(path: string): string {
  return path.replace(/[\s\\#]/g, (sign) => {
    return [...Buffer.from(sign)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')
  })
}

/** What the disk under the workspace is mounted with cannot be taken off by whoever mounts a part of it again. */
function mountFlags(port: FilePort): string {
  const device = port.stat('')?.dev ?? 0n
  const number = `${(device >> 8n) & 0xfffn}:${(device & 0xffn) | ((device >> 12n) & 0xfff00n)}`
  const options = mountsSeenBy()
    .filter((mount) => mount.device === number)
    .flatMap((mount) => mount.options)
  const kept = ['nosuid', 'nodev', 'noexec', 'noatime', 'nodiratime', 'relatime']
  return kept
    .filter((flag) => options.includes(flag))
    .map((flag) => `,${flag}`)
    .join('')
}

function openView(
  plan: ViewPlan,
  child: ChildProcess,
  { process: keeper, namespace }: Keeper,
): Omit<OpenView, 'stdout' | 'stderr' | 'unwritable' | 'ended'> {
  const lifeline = pipeOf(child, 5)
  return {
    pid: child.pid,
    stdin: child.stdin,
    tree: treeOf(plan.port, plan.view, keeper.pid),
    kill: (signal) => void child.kill(signal),
    left: () => processesSeeing(keeper.pid, namespace),
    close() {
      sendSignal(keeper.pid, 'SIGKILL')
      lifeline.destroy()
    },
  }
}

/** The merged tree as the keeper sees it at the workspace's name. */
function treeOf(port: FilePort, view: ViewLayout, keeper: number): Tree {
  const entrance = `/proc/${keeper}/root${port.root}`
  // The kernel lays the view over one file system: what is mounted in lower is not in it. The command may mount, too.
  const strange = () =>
    [...mountsBelow(port.entrance), ...mountsBelow(entrance, keeper)].map(({ path }) => path)
  return overlayTree(port, view, openPortThrough(port.root, entrance), strange)
}

function keeperOf(port: FilePort, path: string): Keeper | null {
  const found = readOwnJson(port, path)
  return isProcess(found?.process) && typeof found?.namespace === 'string'
    ? (found as unknown as Keeper)
    : null
}

/** Node's types know of five descriptors. */
function pipeOf(child: ChildProcess, at: number): Duplex {
  return (child.stdio as unknown as Duplex[])[at] as Duplex
}

/** A command may be over before anybody reads what it said; Node throws away what nobody reads by its end. */
export function kept(stream: Readable | null | undefined): Readable | null {
  return stream?.pipe(new PassThrough()) ?? null
}

export function endOf(child: ChildProcess): Promise<Ended> {
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }))
  })
  // Whoever waits for it hears of it; until somebody does, it is no unheard error.
  ended.catch(() => {})
  return ended
}

/** The first line that comes; what came of it, where the pipe ends before. */
async function lineOf(stream: Readable): Promise<string> {
  let text = ''
  return new Promise((resolve) => {
    stream.on('data', (piece: Buffer) => {
      text += piece.toString()
      if (text.includes('\n')) resolve(text)
    })
    stream.once('close', () => resolve(text))
    stream.on('error', () => {})
  })
}

/** All that comes; a pipe that breaks ends like another. */
async function textOf(stream: Readable): Promise<string> {
  const pieces: Buffer[] = []
  return new Promise((resolve) => {
    stream.on('data', (piece: Buffer) => pieces.push(piece))
    stream.once('close', () => resolve(Buffer.concat(pieces).toString()))
    stream.on('error', () => {})
  })
}
