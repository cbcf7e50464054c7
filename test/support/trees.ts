import type * as nodeFs from 'node:fs'
import { decodeLines, encodeLine } from '../../lib/store/append-log.js'
import { identityOf, sha256Of } from '../../lib/store/fingerprint.js'
import type { FileSystem } from './file-systems.js'

/** What a person could tell apart at each path: kind, mode, and bytes or where a link points. */
export type Tree = Record<string, string>

/** Everything below `root` but what lies at the paths `except`. */
export function readTree(fs: typeof nodeFs, root: string, except: readonly string[] = ['workspace']): Tree {
  const tree: Tree = {}
  walk(fs, root, '', (path, stats) => {
    if (except.includes(path)) return false
    const mode = (stats.mode & 0o777).toString(8)
    if (stats.isSymbolicLink()) tree[path] = `link to ${fs.readlinkSync(`${root}/${path}`)}`
    else if (stats.isDirectory()) tree[path] = `folder ${mode}`
    else tree[path] = `file ${mode} ${fs.readFileSync(`${root}/${path}`, 'utf8')}`
    return true
  })
  return tree
}

function walk(
  fs: typeof nodeFs,
  root: string,
  path: string,
  visit: (path: string, stats: nodeFs.Stats) => boolean,
): void {
  for (const name of fs.readdirSync(`${root}/${path}`).sort()) {
    const child = path === '' ? name : `${path}/${name}`
    const stats = fs.lstatSync(`${root}/${child}`)
    if (visit(child, stats) && stats.isDirectory()) walk(fs, root, child, visit)
  }
}

type Place = Pick<FileSystem, 'fs' | 'root'>

/** A copy of a workspace's files in another place: modes, times, symbolic and hard links included. */
export function copyWorkspace(from: Place, to: Place): void {
  /** By device, inode and time of the last write, which is what a second name leaves as it was. */
  const identities = new Map<string, string>()
  const notes: string[] = []
  const linked = new Map<bigint, string>()
  walk(from.fs, from.root, '', (path, stats) => {
    const [source, target] = [`${from.root}/${path}`, `${to.root}/${path}`]
    if (stats.isDirectory()) {
      to.fs.mkdirSync(target, { mode: stats.mode & 0o777 })
      return true
    }
    const old = from.fs.lstatSync(source, { bigint: true })
    const known = linked.get(old.ino)
    if (known !== undefined) to.fs.linkSync(known, target)
    else copyLeaf(from, to, source, target, stats)
    if (old.nlink > 1n) linked.set(old.ino, target)
    if (/\/(record|record\.sealed|intent\.json)$/.test(path)) notes.push(target)
    identities.set(beforeLast(identityOf(old)), identityOf(to.fs.lstatSync(target, { bigint: true })))
    return false
  })
  // A copy's inodes are others. The notes are told of them: for those who read them it is the same workspace.
  for (const path of notes) translate(to.fs, path, identities)
}

function copyLeaf(from: Place, to: Place, source: string, target: string, stats: nodeFs.Stats) {
  if (stats.isSymbolicLink()) return to.fs.symlinkSync(from.fs.readlinkSync(source), target)
  to.fs.writeFileSync(target, from.fs.readFileSync(source))
  to.fs.chmodSync(target, stats.mode & 0o777)
  to.fs.utimesSync(target, stats.atime, stats.mtime)
}

function beforeLast(identity: string): string {
  return identity.slice(0, identity.lastIndexOf(':'))
}

function translate(fs: typeof nodeFs, path: string, identities: ReadonlyMap<string, string>): void {
  const inNew = (json: string): string =>
    json.replace(/"identity":"([^"]+)"/g, (whole, identity: string) => {
      const now = identities.get(beforeLast(identity))
      return now === undefined ? whole : `"identity":"${now}"`
    })
  const bytes = fs.readFileSync(path)
  if (path.endsWith('intent.json')) {
    const json = inNew(bytes.toString().split('\n')[1] ?? '')
    fs.writeFileSync(path, `${sha256Of(json)}\n${json}\n`)
  } else {
    const { lines } = decodeLines<unknown>(bytes)
    fs.writeFileSync(
      path,
      Buffer.concat(lines.map((line) => encodeLine(JSON.parse(inNew(JSON.stringify(line)))))),
    )
  }
}
