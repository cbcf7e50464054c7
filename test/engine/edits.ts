/** A person at work on the live files while a commit runs, and where their work is afterwards. */
import type { CommitResult } from '../../lib/api.js'
import { CowriteError } from '../../lib/errors.js'
import type { FilePort } from '../../lib/port/port.js'
import { Workspace } from '../../lib/workspace.js'
import { interceptedPort, type Verb } from '../support/faulty-port.js'
import type { FileSystem } from '../support/file-systems.js'
import { readTree, type Tree } from '../support/trees.js'

export const byHand = 'BY HAND\n'

export interface Edit {
  name: string
  /** The live file. */
  path: string
  /** How it is done; false where it cannot be, as things stand. */
  make(system: FileSystem, path: string): boolean
  /** For a deletion the work is that nothing is there. */
  isDeletion?: true
}

/** As most editors save: a new file, renamed over the old one. */
export function saveByRename({ fs, root }: FileSystem, path: string): boolean {
  const target = `${root}/${path}`
  if (!fs.existsSync(target.slice(0, target.lastIndexOf('/')))) return false
  const old = fs.existsSync(target) ? fs.readFileSync(target, 'utf8') : ''
  fs.writeFileSync(`${target}.swp`, old + byHand)
  fs.renameSync(`${target}.swp`, target)
  return true
}

export function writeInPlace({ fs, root }: FileSystem, path: string): boolean {
  if (!fs.existsSync(`${root}/${path}`)) return false
  fs.appendFileSync(`${root}/${path}`, byHand)
  return true
}

export function deleteByHand({ fs, root }: FileSystem, path: string): boolean {
  if (!fs.existsSync(`${root}/${path}`)) return false
  fs.rmSync(`${root}/${path}`)
  return true
}

/** Everything that a commit asks of the port, in order. */
export async function verbsOfCommit(system: FileSystem): Promise<Verb[]> {
  const verbs: Verb[] = []
  const workspace = new Workspace(
    interceptedPort(system.port, { before: (verb) => void verbs.push(verb) }),
    {},
  )
  const session = await workspace.session('draft')
  verbs.length = 0
  await session.commit()
  await workspace.close()
  return verbs
}

export interface Outcome {
  /** Whether the edit could be made at that point. */
  made: boolean
  /** The verb that it was made right before. */
  verb: Verb | null
  result: CommitResult | null
  refusal: CowriteError | null
  before: Tree
  after: Tree
}

/** Commits, with the edit made right before the `at`-th verb, or the first one that `at` picks. */
export async function commitWithEdit(
  system: FileSystem,
  edit: Edit,
  at: number | ((verb: Verb) => boolean),
  through: (port: FilePort) => FilePort = (port) => port,
): Promise<Outcome> {
  let count = Number.NEGATIVE_INFINITY
  let made = false
  let moment: Verb | null = null
  const port = interceptedPort(through(system.port), {
    before(verb) {
      if (moment !== null) return
      const isNow = typeof at === 'number' ? count++ === at : count === 0 && at(verb)
      if (!isNow) return
      moment = verb
      made = edit.make(system, edit.path)
    },
  })
  const workspace = new Workspace(port, {})
  const session = await workspace.session('draft')
  const before = readTree(system.fs, system.root)
  count = 0
  let result: CommitResult | null = null
  let refusal: CowriteError | null = null
  try {
    result = (await session.commit()) as CommitResult
  } catch (error) {
    if (!(error instanceof CowriteError)) throw error
    refusal = error
  }
  await workspace.close()
  return { made, verb: moment, result, refusal, before, after: readTree(system.fs, system.root) }
}

export type Whereabouts = 'in the live files' | 'refused' | 'reported' | 'lost'

/** Where the person's work is after a commit that it came into. */
export function whereIs(
  { fs, root }: FileSystem,
  edit: Edit,
  { result, refusal, after }: Outcome,
): Whereabouts {
  if (refusal !== null) return 'refused'
  const there = after[edit.path]
  if (edit.isDeletion ? there === undefined : there?.includes(byHand)) return 'in the live files'
  const report = result?.overtaken.find(({ path }) => path === edit.path)
  if (report === undefined || edit.isDeletion) return 'lost'
  const saved = report.savedTo === '' ? '' : fs.readFileSync(`${root}/${report.savedTo}`, 'utf8')
  return saved.includes(byHand) ? 'reported' : 'lost'
}
