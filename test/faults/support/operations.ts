/** What is done while something goes wrong, and what it must come to. */
import { fileURLToPath } from 'node:url'
import { builtCopy } from './built-copy.js'
import type { State } from './observe.js'
import type { Fault } from './shim.js'
import type { Stage } from './workspaces.js'

export interface Operation {
  name: string
  stage: Stage
  /** The process that does it, from its arguments on. */
  command(root: string): string[]
  /** Whether an error says that nothing happened, or half of it. A write that is refused late may be there all the same. */
  errorsMeanNothing: boolean
  /** States between the two that are as good as the first. */
  orHalf?(before: State, after: State): State[]
  /** A commit that was killed before it: right before the first call that this matches. */
  afterKillAt?: RegExp
}

const worker = fileURLToPath(new URL('worker.mjs', import.meta.url))

function byLibrary(name: string): (root: string) => string[] {
  return (root) => [worker, builtCopy().library, root, name]
}

function byCommand(...args: string[]): (root: string) => string[] {
  return (root) => [builtCopy().command, ...args, '--workspace', root, '--json']
}

/** A session is made in one step, and made active in the next. */
function withoutActivating(name: string) {
  return (before: State, after: State): State[] => {
    const made = { ...(after.sessions[name] as Session), status: 'INACTIVE' }
    return [{ ...before, sessions: { ...before.sessions, [name]: made } }]
  }
}

/** The folders on the way to a new file are made first, one by one; an empty one is a change as long as it is. */
function withFoldersAlone(...folders: string[]) {
  return (before: State): State[] =>
    folders.map((folder) => {
      const session = before.sessions.work as Session
      const work = {
        ...session,
        changes: { ...session.changes, [folder]: 'created' },
        view: { ...session.view, [folder]: 'folder 755' },
      }
      return { ...before, sessions: { ...before.sessions, work } }
    })
}

type Session = State['sessions'][string]

function library(
  name: string,
  stage: Stage,
  errorsMeanNothing: boolean,
  more: Partial<Operation> = {},
): Operation {
  return { name, stage, errorsMeanNothing, command: byLibrary(name), ...more }
}

export const commit = library('commit', 'changes', true)

/** Right before the intent comes to its name, and in the middle of putting files in place. */
const beforeTheIntent = /^rename .*\/intent\.json\.[^ ]* -> /
const inTheMiddle = /^rename .*\/new\/\d+ -> acts\/04\//

export const operations: readonly Operation[] = [
  commit,
  library('partial commit', 'changes', true),
  library('undo', 'a commit', true),
  library('cancel', 'changes', true),
  library('recover', 'changes', false, { afterKillAt: inTheMiddle }),
  library('recover a session', 'changes', false, { afterKillAt: beforeTheIntent }),
  library('first start', 'a book', true, { orHalf: withoutActivating('work') }),
  library('start', 'a session', true, { orHalf: withoutActivating('third') }),
  library('first write', 'a session', false),
  library('first write of a new file', 'a session', false, {
    orHalf: withFoldersAlone('acts/new', 'acts/new/deep'),
  }),
  library('later write', 'changes', false),
  library('retry', 'changes', false),
]

/** The same by the built command: what a person reads, and the status that a script gets. */
export const commands: readonly Operation[] = [
  {
    name: 'cowrite session commit',
    stage: 'changes',
    command: byCommand('session', 'commit', 'work', '--force'),
    errorsMeanNothing: true,
  },
  {
    name: 'cowrite session cancel',
    stage: 'changes',
    command: byCommand('session', 'cancel', 'work'),
    errorsMeanNothing: true,
  },
  {
    name: 'cowrite session undo',
    stage: 'a commit',
    command: byCommand('session', 'undo'),
    errorsMeanNothing: true,
  },
  {
    name: 'cowrite retry',
    stage: 'changes',
    command: byCommand('retry', 'acts/01/scene-02.md', 'Still too long'),
    errorsMeanNothing: false,
  },
]

/** What the process said for itself. */
export interface Outcome {
  /** It printed its answer: done. */
  acknowledged: boolean
  /** It printed an error: this one. */
  error: { code: string | null; message: string } | null
  status: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
  /** The calls that were counted, in order. */
  calls: string[]
}

interface Line {
  done?: boolean
  error?: { code: string | null; message: string }
}

/** Reads what the worker said, in lines of JSON, or the command, in one document over several. */
export function readAnswer(stdout: string): Pick<Outcome, 'acknowledged' | 'error'> {
  const said = stdout.startsWith('{\n') ? [parsed(stdout)] : stdout.split('\n').map(parsed)
  const error = said.find((each) => each?.error)?.error ?? null
  const isDocument = stdout.startsWith('{\n') && said[0] !== null
  return { acknowledged: said.some((each) => each?.done) || (isDocument && error === null), error }
}

/** Null for what a kill cut short: nothing was said. */
function parsed(text: string): Line | null {
  try {
    return JSON.parse(text) as Line
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** Errors from there on leave a process no way to tidy up, as a kill does. */
export function leavesThingsBehind(fault: Fault | undefined): boolean {
  if (fault === undefined) return false
  return fault.how !== 'error' && fault.how !== 'short' ? true : fault.stays
}
