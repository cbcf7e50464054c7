/** What was written to the real files all the same is told: nothing goes past the session unseen. */
import { lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { wasLed } from './commands.js'
import { givenFile, type HookAnswer, type HookEvent, inputText } from './event.js'
import { partOf } from './paths.js'
import type { AtWork } from './work.js'

export async function afterFile(event: HookEvent, at: AtWork): Promise<HookAnswer | null> {
  const part = partOf(event, givenFile(event), at)
  if (part?.kind === 'live') {
    const { path } = part
    const around = await at.session.bypasses.list()
    // A tool that has written nothing, or nothing new, has gone around nothing.
    if (around.some((one) => one.path === path)) {
      const before = contentBefore(event, join(at.world.root, path))
      await at.session.bypasses.note(path, { tool: event.tool_name ?? 'a tool', before })
    }
    const told = around.filter((one) => one.isNew || one.path === path).map((one) => one.path)
    return told.length === 0 ? null : wentAround(event, told, at)
  }
  // A new file counts as the session's from the first look on.
  if (part?.kind === 'copy') await at.session.place(part.path, 'read')
  return null
}

/** As the client tells it, which changes line ends in what it tells; undefined where that cannot be it. */
function contentBefore(
  { tool_name: tool, tool_response: told }: HookEvent,
  file: string,
): string | null | undefined {
  if (typeof told !== 'object' || told === null) return undefined
  const { originalFile: before, oldString, newString, replaceAll } = told as Record<string, unknown>
  if (before === null) return tool === 'Write' ? null : undefined
  if (typeof before !== 'string' || before.includes('\uFFFD')) return undefined
  if (tool !== 'Edit' || typeof oldString !== 'string' || typeof newString !== 'string') return before
  const after =
    replaceAll === true
      ? before.replaceAll(oldString, () => newString)
      : before.replace(oldString, () => newString)
  const present = readFileSync(file, 'utf8')
  if (present === after) return before
  const withReturns = (text: string) => text.replaceAll('\n', '\r\n')
  return present === withReturns(after) ? withReturns(before) : undefined
}

export async function afterCommand(event: HookEvent, at: AtWork): Promise<HookAnswer | null> {
  const command = inputText(event, 'command')
  if (command === null || event.duration_ms === undefined || wasLed(command, at)) return null
  const changed = (await at.session.bypasses.list()).filter(({ isNew }) => isNew).map(({ path }) => path)
  const since = performance.timeOrigin - event.duration_ms - slack
  const byIt = changed.filter((path) => changedAt(join(at.world.root, path)) >= since)
  for (const path of byIt) await at.session.bypasses.note(path, { tool: 'Bash' })
  return changed.length === 0 ? null : wentAround(event, changed, at)
}

/** In milliseconds: what passes between the command's end and the start of this process. */
const slack = 250

function changedAt(path: string): number {
  return lstatSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0
}

/** What changed since anybody looked, by a tool that no hook saw, or by a person. */
export async function newsAround(at: AtWork): Promise<string | null> {
  const news = (await at.session.bypasses.list()).filter(({ isNew }) => isNew).map(({ path }) => path)
  return news.length === 0 ? null : inWords(news, at)
}

function wentAround(event: HookEvent, paths: readonly string[], at: AtWork): HookAnswer {
  return {
    hookSpecificOutput: { hookEventName: event.hook_event_name, additionalContext: inWords(paths, at) },
    systemMessage: [
      ...listed(paths, at),
      'Bring it into the session: cowrite session adopt. Or leave it as it is, if it was meant so: cowrite session adopt --leave.',
    ].join('\n'),
  }
}

/** For the model; a person is told otherwise. */
function inWords(paths: readonly string[], at: AtWork): string {
  const { session, world } = at
  return [
    ...listed(paths, at),
    `Tell the user, and ask: it can come into the session (cowrite session adopt), or stay as it is if it was meant so (cowrite session adopt --leave). Write to ${world.root}/${session.path} at the same path.`,
  ].join('\n')
}

function listed(paths: readonly string[], { session }: AtWork): string[] {
  const list = paths.slice(0, mostNamed).map((path) => `   • ${path}`)
  if (paths.length > mostNamed) list.push(`   … and ${paths.length - mostNamed} more`)
  return [`⚠️ CHANGED AROUND SESSION ${session.name}, in the real files:`, ...list]
}

const mostNamed = 20
