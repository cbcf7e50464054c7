/** Random operations on a small tree, and how to run one of them through an `fs` of either kind. */
import { constants } from 'node:fs'
import type * as nodePromises from 'node:fs/promises'
import fc from 'fast-check'

export type Fs = Pick<
  typeof nodePromises,
  | 'access'
  | 'appendFile'
  | 'chmod'
  | 'copyFile'
  | 'cp'
  | 'lstat'
  | 'mkdir'
  | 'open'
  | 'opendir'
  | 'readdir'
  | 'readFile'
  | 'readlink'
  | 'realpath'
  | 'rename'
  | 'rm'
  | 'rmdir'
  | 'stat'
  | 'symlink'
  | 'truncate'
  | 'unlink'
  | 'utimes'
  | 'writeFile'
>

/** Where an operation is run: `at` is put before each path, `root` is what absolute links and answers begin with. */
export interface Place {
  fs: Fs
  at: string
  root: string
}

type Step = { write: string; at: number | null } | { read: number; at: number | null } | { truncate: number }

export type Operation =
  | { do: 'writeFile'; path: string; data: string; flag: string; mode: number }
  | { do: 'appendFile'; path: string; data: string }
  | {
      do: 'readFile' | 'stat' | 'lstat' | 'readlink' | 'realpath' | 'unlink' | 'rmdir' | 'opendir'
      path: string
    }
  | { do: 'handle'; path: string; flags: string; steps: Step[] }
  | { do: 'truncate'; path: string; length: number }
  | { do: 'rm'; path: string; recursive: boolean; force: boolean }
  | { do: 'mkdir'; path: string; recursive: boolean }
  | { do: 'rename'; path: string; to: string }
  | { do: 'copyFile'; path: string; to: string; exclusive: boolean }
  | {
      do: 'cp'
      path: string
      to: string
      options: { dereference?: boolean; errorOnExist?: boolean; force?: boolean; recursive?: boolean }
    }
  | { do: 'chmod'; path: string; mode: number }
  | { do: 'symlink'; path: string; target: string; absolute: boolean }
  | { do: 'readdir'; path: string; recursive: boolean; withFileTypes: boolean }
  | { do: 'access'; path: string; mode: number }
  | { do: 'utimes'; path: string; seconds: number }
  | { do: 'reopen' | 'commit' }

const name = fc.constantFrom('a', 'b', 'c')
const plainPath = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'))
const path = fc.oneof(
  { weight: 20, arbitrary: plainPath },
  { weight: 1, arbitrary: plainPath.map((text) => `${text}/`) },
  { weight: 1, arbitrary: plainPath.map((text) => `./${text}`) },
  { weight: 1, arbitrary: fc.tuple(plainPath, name).map(([text, last]) => `${text}/../${last}`) },
  { weight: 1, arbitrary: plainPath.map((text) => `${text}/.`) },
)
const data = fc.constantFrom('', 'one\n', 'one\n', 'two\n', 'a longer text, of a line\nand a half')
const flag = fc.constantFrom('w', 'w', 'w', 'wx', 'a', 'ax', 'r+', 'w+', 'a+')
const position = fc.option(fc.nat(12))
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ write: data, at: position }),
  fc.record({ read: fc.nat(10), at: position }),
  fc.record({ truncate: fc.nat(10) }),
)

/**
 * Links point down from where they stand, or are absolute: one that points up leads out of the workspace once
 * its folder is moved there, which a session refuses (P2) and a plain folder does not.
 */
export const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('writeFile' as const),
      path,
      data,
      flag,
      mode: fc.constantFrom(0o666, 0o666, 0o600, 0o777),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('appendFile' as const), path, data }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'readFile' as const,
        'stat' as const,
        'lstat' as const,
        'readlink' as const,
        'realpath' as const,
        'opendir' as const,
      ),
      path,
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('unlink' as const, 'rmdir' as const), path }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('handle' as const),
      path,
      flags: fc.constantFrom('r', 'r+', 'r+', 'w', 'w+', 'wx', 'a', 'a+', 'ax+'),
      steps: fc.array(step, { maxLength: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('truncate' as const), path, length: fc.nat(12) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('rm' as const),
      path,
      recursive: fc.boolean(),
      force: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('mkdir' as const), path, recursive: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('rename' as const), path, to: path }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('copyFile' as const), path, to: path, exclusive: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('cp' as const),
      path: plainPath,
      to: plainPath,
      options: fc.constantFrom(
        { recursive: true },
        { recursive: true, force: false },
        { recursive: true, force: false, errorOnExist: true },
        { recursive: true, dereference: true },
        { recursive: true, verbatimSymlinks: true },
        {},
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('chmod' as const),
      path,
      mode: fc.constantFrom(0o644, 0o755, 0o700),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('symlink' as const),
      path,
      target: fc.oneof(plainPath, fc.constant('nowhere')),
      absolute: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('readdir' as const),
      path: fc.oneof(path, fc.constant('.')),
      recursive: fc.boolean(),
      withFileTypes: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('access' as const), path, mode: fc.constantFrom(0, 1, 2, 4, 6) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('utimes' as const), path, seconds: fc.nat(1e9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('reopen' as const, 'commit' as const) }) },
)

/** What an operation answers, without what differs between any two folders. */
export async function answerOf(place: Place, operation: Operation): Promise<unknown> {
  try {
    return withoutRoot(place, await run(place, operation))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    // node looks at both ends at once: which of them it complains of is a matter of luck.
    if (operation.do === 'cp' && ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(code ?? '')) return 'not found'
    return code === undefined ? { threw: message } : { code }
  }
}

function withoutRoot({ root, at }: Place, value: unknown): unknown {
  if (typeof value === 'string')
    return value
      .replaceAll(at === '' ? root : at, '')
      .replaceAll(root, '')
      .replace(/^\/+/, '')
  if (Array.isArray(value)) return value.map((each) => withoutRoot({ root, at } as Place, each))
  return value
}

async function run({ fs, at, root }: Place, operation: Operation): Promise<unknown> {
  if (!('path' in operation)) return undefined
  const path = at + operation.path
  switch (operation.do) {
    case 'writeFile':
      return fs.writeFile(path, operation.data, { flag: operation.flag, mode: operation.mode })
    case 'appendFile':
      return fs.appendFile(path, operation.data)
    case 'readFile':
      return (await fs.readFile(path)).toString('latin1')
    case 'stat':
      return inShort(await fs.stat(path))
    case 'lstat':
      return inShort(await fs.lstat(path))
    case 'readlink':
      return fs.readlink(path)
    case 'realpath':
      return fs.realpath(path)
    case 'unlink':
      return fs.unlink(path)
    case 'rmdir':
      return fs.rmdir(path)
    case 'opendir': {
      const names: string[] = []
      for await (const entry of await fs.opendir(path)) names.push(entry.name)
      return names.sort()
    }
    case 'handle':
      return runHandle(fs, path, operation.flags, operation.steps)
    case 'truncate':
      return fs.truncate(path, operation.length)
    case 'rm':
      return fs.rm(path, { recursive: operation.recursive, force: operation.force })
    case 'mkdir':
      return fs.mkdir(path, { recursive: operation.recursive })
    case 'rename':
      return fs.rename(path, at + operation.to)
    case 'copyFile':
      return fs.copyFile(path, at + operation.to, operation.exclusive ? constants.COPYFILE_EXCL : 0)
    case 'cp':
      return fs.cp(path, at + operation.to, operation.options)
    case 'chmod':
      return fs.chmod(path, operation.mode | (await searchBits(fs, path)))
    case 'symlink':
      return fs.symlink(operation.absolute ? `${root}/${operation.target}` : operation.target, path)
    case 'readdir': {
      // Without types, node goes through links, in circles if they make one.
      if (!operation.withFileTypes) return (await fs.readdir(path)).sort()
      const entries = await fs.readdir(path, { recursive: operation.recursive, withFileTypes: true })
      return entries.map((entry) => `${entry.name} ${kindOf(entry)}`).sort()
    }
    case 'access':
      return fs.access(path, operation.mode)
    case 'utimes': {
      await fs.utimes(path, operation.seconds, operation.seconds)
      const stats = await fs.stat(path)
      // The times of folders stay those of the live ones.
      return stats.isFile() ? stats.mtimeMs : 'a folder'
    }
  }
}

/** Folders stay searchable: without that, a disk answers one way to root, and another way to others. */
async function searchBits(fs: Fs, path: string): Promise<number> {
  const stats = await fs.stat(path).catch(() => null)
  return stats?.isDirectory() ? 0o111 : 0
}

async function runHandle(fs: Fs, path: string, flags: string, steps: Step[]): Promise<unknown> {
  const answers: unknown[] = []
  const handle = await fs.open(path, flags)
  try {
    for (const step of steps) {
      try {
        if ('write' in step) answers.push((await handle.write(step.write, step.at)).bytesWritten)
        else if ('truncate' in step) answers.push(await handle.truncate(step.truncate))
        else {
          const { buffer, bytesRead } = await handle.read(Buffer.alloc(step.read), 0, step.read, step.at)
          answers.push(buffer.toString('latin1', 0, bytesRead))
        }
      } catch (error) {
        answers.push((error as NodeJS.ErrnoException).code)
      }
    }
    answers.push(inShort(await handle.stat()))
  } finally {
    await handle.close()
  }
  return answers
}

interface Kinds {
  isFile(): boolean
  isDirectory(): boolean
  isSymbolicLink(): boolean
}

function kindOf(stats: Kinds): string {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'folder'
  return stats.isSymbolicLink() ? 'link' : 'other'
}

function inShort(stats: Kinds & { size: number; mode: number }): object {
  const mode = (stats.mode & 0o7777).toString(8)
  return { kind: kindOf(stats), mode, ...(stats.isFile() ? { size: stats.size } : {}) }
}

/** Everything below a folder: kinds, modes, contents and where links point. */
export async function treeOf(
  place: Place,
  folder = '',
  except: string[] = [],
): Promise<Record<string, unknown>> {
  const { fs, at, root } = place
  const tree: Record<string, unknown> = {}
  for (const name of (await fs.readdir(at + (folder === '' ? '.' : folder))).sort()) {
    const path = folder === '' ? name : `${folder}/${name}`
    if (except.includes(path)) continue
    const stats = await fs.lstat(at + path)
    const { mode, kind } = inShort(stats) as { mode: string; kind: string }
    if (kind === 'link') tree[path] = `-> ${(await fs.readlink(at + path)).replaceAll(root, '')}`
    else if (kind === 'file') tree[path] = `${mode} ${(await fs.readFile(at + path)).toString('latin1')}`
    else {
      tree[path] = `${mode} ${kind}`
      Object.assign(tree, await treeOf(place, path))
    }
  }
  return tree
}
