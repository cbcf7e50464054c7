/** How many calls of the system each thing takes, counted by strace: what a promise costs where time is noise. */
import { spawnSync } from 'node:child_process'
import {
  closeSync,
  copyFileSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { root } from '../scripts/freshness.mjs'

/**
 * Runs everything below once under strace.
 *
 * @returns {{ what: string, per: number, calls: number, syncs: number }[]} `per` says how many files there were
 */
export function countCalls({ folder, scale, capabilities }) {
  const [jobFile, trace] = [join(folder, 'traced.json'), join(folder, 'trace')]
  const argument = { folder, scale, capabilities }
  writeFileSync(jobFile, JSON.stringify({ module: 'counts.mjs', call: 'traced', argument }))
  const node = [
    process.execPath,
    join(root, 'bench', 'child.mjs'),
    jobFile,
    join(folder, 'traced.answer.json'),
  ]
  const options = ['-f', '-y', '-s', '128', '-e', 'trace=%file,%desc', '-o', trace]
  const { status, stderr } = spawnSync('strace', [...options, ...node], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`strace ended with ${status}: ${stderr.trim()}`)
  const { files } = JSON.parse(readFileSync(join(folder, 'traced.answer.json'), 'utf8'))
  return callsBetweenMarks(readFileSync(trace, 'utf8')).map(({ name, calls, syncs }) => ({
    what: name,
    per: files[name],
    calls,
    syncs,
  }))
}

/** What is traced; runs in the child. */
export async function traced({ folder, scale }) {
  // Not at the top: whoever only counts needs no cowrite.
  const { openSession } = await import('./shared/cowrite.mjs')
  const { edited, layWorkspace, pathOf, spreadPaths, textOf } = await import('./shared/folders.mjs')
  const [lower, plain] = [join(folder, 'workspace'), join(folder, 'plain')]
  for (const each of [lower, plain]) layWorkspace(each, { files: scale.workspace })
  const { workspace, session } = await openSession(lower, 'traced')
  const { fs } = session
  const files = {}

  const mark = async (name, count, work) => {
    files[name] = count
    statSync(marker('begin', name), { throwIfNoEntry: false })
    await work()
    statSync(marker('end', name), { throwIfNoEntry: false })
  }
  /** One by one, after a first that opens what is kept open. */
  const each = async (name, paths, one) => {
    await one(paths[0], 0)
    await mark(name, paths.length - 1, async () => {
      for (let at = 1; at < paths.length; at++) await one(paths[at], at)
    })
  }
  const text = textOf(1)
  const [lowerPaths, newPaths] = [Array.from({ length: 21 }, (_, at) => pathOf(at)), []]
  for (let at = 0; at < 21; at++) newPaths.push(`part-0000/new-${at}.md`)
  const replace = (path) => {
    writeFileSync(`${path}.tmp`, text, { flag: 'wx' })
    renameSync(`${path}.tmp`, path)
  }

  await each('read: readFileSync', lowerPaths, (path) => readFileSync(join(plain, path)))
  await each('read: fs/promises', lowerPaths, (path) => readFile(join(plain, path)))
  await each('read: session.fs, unchanged', lowerPaths, (path) => fs.readFile(path))
  await each('new file: write to temp, rename', newPaths, (path) => replace(join(plain, path)))
  await each('new file: session.fs', newPaths, (path) => fs.writeFile(path, text))
  await each('later write: write to temp, rename', newPaths, (path) => replace(join(plain, path)))
  await each('later write: session.fs', newPaths, (path, at) => fs.writeFile(path, text + at))
  await each('read: session.fs, changed', newPaths, (path) => fs.readFile(path))
  mkdirSync(join(folder, 'bases'))
  await each('first write: copy, write to temp, rename', lowerPaths, (path, at) => {
    copyFileSync(join(plain, path), join(folder, 'bases', String(at)))
    replace(join(plain, path))
  })
  await each('first write: session.fs', lowerPaths, (path) => fs.writeFile(path, edited(text)))

  const paths = spreadPaths(scale.changes, scale.workspace)
  for (const path of paths) await fs.writeFile(path, edited(text))
  const { changes } = await session.status()
  const count = changes.modified.length + changes.created.length
  await mark('status: statSync of both sides', paths.length, () => {
    for (const path of paths)
      for (const side of [lower, join(lower, session.path)]) statSync(join(side, path))
  })
  await mark('status', count, () => session.status())
  await mark('diff', count, () => session.diff({ words: false }))
  await mark('preview', count, () => session.preview())
  let result
  await mark('commit', count, async () => {
    result = await session.commit()
  })
  await mark('commit: write, fsync, rename each; fsync each folder', paths.length, () => {
    for (const path of paths.map((path) => join(plain, path))) {
      const descriptor = openSync(`${path}.tmp`, 'wx')
      writeFileSync(descriptor, text)
      fsyncSync(descriptor)
      closeSync(descriptor)
      renameSync(`${path}.tmp`, path)
    }
    for (const each of new Set(paths.map((path) => dirname(path)))) {
      const descriptor = openSync(join(plain, each), 'r')
      fsyncSync(descriptor)
      closeSync(descriptor)
    }
  })
  await mark('undo', count, () => workspace.undo(result.commitId))
  let other
  await mark('create', 1, async () => {
    other = await workspace.start('cancelled')
  })
  for (const path of paths) await other.fs.writeFile(path, edited(text))
  await mark('cancel', paths.length, () => other.cancel())
  await workspace.close()
  return { files }
}

/** A path that is looked for where there is nothing, so that the look shows in the trace. */
function marker(edge, name) {
  return `/cowrite-bench-${edge}/${name}`
}

/** Calls that wait for other threads or for events; they tell of Node, not of files. */
const notOfFiles = /^(epoll_\w+|poll|ppoll|select|pselect6|eventfd2?|mmap|pipe2?|memfd_create|fcntl)$/
const syncing = /^(fsync|fdatasync|sync_file_range|syncfs)$/

/**
 * Counts the calls on files, by mark, in the order of the marks.
 *
 * @param {string} trace of `strace -f -y`
 * @returns {{ name: string, calls: number, syncs: number }[]}
 */
export function callsBetweenMarks(trace) {
  const counted = []
  let present = null
  for (const line of trace.split('\n')) {
    const call = /^(?:\d+\s+)?(\w+)\((.*)/.exec(line)
    if (call === null) continue // Signals, ends, and the second half of a call that another thread interrupted.
    const [, name, rest] = call
    const mark = /"\/cowrite-bench-(begin|end)\/([^"]*)"/.exec(rest)
    if (mark !== null) {
      present = mark[1] === 'begin' ? { name: mark[2], calls: 0, syncs: 0 } : null
      if (present !== null) counted.push(present)
      continue
    }
    if (present === null || notOfFiles.test(name) || /^\d+<(anon_inode|pipe|socket)/.test(rest)) continue
    present.calls += 1
    if (syncing.test(name)) present.syncs += 1
  }
  return counted
}
