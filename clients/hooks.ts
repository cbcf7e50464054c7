/** The hooks in a client's settings: one group for each call, at the end of its event's list. */
import type { HookCall, Hooks } from './catalogue.js'
import { type Draft, reading, wrongKind } from './draft.js'
import { readEntry, replaceEntry } from './jsonc.js'
import { bodyOf, bomOf, type Mark, putEntry, readMark, spellMark, takeEntry } from './marks.js'
import type { Change } from './plan.js'

/** `command` is what starts the hook; null where it has no file that stays. */
export async function addHooks(
  draft: Draft,
  { calls, bridge }: Hooks,
  path: string,
  command: string | null,
): Promise<Change> {
  if (command === null) return 'left-out'
  const isNew = (await draft.read(path)) === null
  let changed = false
  for (const call of calls) {
    const groups = await groupsOf(draft, path, call.event)
    const at = groups.findIndex((group) => isFor(group, call) && markOf(group) !== null)
    const mark = at === -1 ? null : markOf(groups[at])
    if (mark === null) {
      await putEntry(draft, path, ['hooks', call.event, groups.length], (made) =>
        groupFor(call, bridge, command, made),
      )
      changed = true
    } else if (
      commandOf(groups[at]) !== commandWith(command, spellMark(mark), blocksByStatus(call, bridge))
    ) {
      const text = (await draft.read(path)) ?? ''
      const renewed = groupFor(call, bridge, command, spellMark(mark))
      const put = replaceEntry(bodyOf(text), ['hooks', call.event, at], renewed)
      await draft.write(path, bomOf(text) + put)
      changed = true
    }
  }
  return changed ? (isNew ? 'create' : 'change') : 'same'
}

export async function removeHooks(draft: Draft, { calls }: Hooks, path: string): Promise<Change> {
  if ((await draft.read(path)) === null) return 'same'
  let removed = false
  // What was put in last goes first, so that the lists that were made for it are empty when their turn comes.
  for (const { event } of [...calls].reverse()) {
    const groups = await groupsOf(draft, path, event)
    for (let at = groups.length - 1; at >= 0; at -= 1) {
      const mark = markOf(groups[at])
      if (mark === null) continue
      await takeEntry(draft, path, ['hooks', event, at], mark)
      removed = true
    }
  }
  return removed ? 'remove' : 'same'
}

/** Throws Obstructed where something else stands in the place of a list. */
async function groupsOf(draft: Draft, path: string, event: string): Promise<unknown[]> {
  const text = bodyOf((await draft.read(path)) ?? '')
  const hooks = reading(path, () => readEntry(text, ['hooks']))
  if (hooks === undefined) return []
  if (typeof hooks !== 'object' || hooks === null || Array.isArray(hooks)) {
    throw wrongKind(path, 'hooks is no object')
  }
  const groups = (hooks as Record<string, unknown>)[event] ?? []
  if (!Array.isArray(groups)) throw wrongKind(path, `hooks.${event} is no list`)
  return groups
}

function groupFor(call: HookCall, bridge: Hooks['bridge'], command: string, mark: string) {
  const { matcher, timeout, guards } = call
  const handler = {
    type: 'command',
    command: commandWith(command, mark, blocksByStatus(call, bridge)),
    timeout: bridge === undefined ? timeout : timeout * 1000,
    ...(guards && bridge === undefined ? { onFailure: 'block' } : {}),
  }
  return { ...(matcher === undefined ? {} : { matcher }), hooks: [handler] }
}

/** Where no setting says that a tool is kept back when the hook cannot start, its command says it. */
function blocksByStatus({ guards = false }: HookCall, bridge: Hooks['bridge']): boolean {
  return guards && bridge !== undefined
}

const block = ' || exit 2'

/** One text for a shell: not every version takes a list of words. */
function commandWith(command: string, mark: string, blocks: boolean): string {
  return `${command} cowrite-init:${mark}${blocks ? block : ''}`
}

function commandOf(group: unknown): string {
  const handlers = (group as { hooks?: unknown } | null)?.hooks
  const command = Array.isArray(handlers) ? (handlers[0] as { command?: unknown } | null)?.command : undefined
  return typeof command === 'string' ? command : ''
}

function markOf(group: unknown): Mark | null {
  return readMark(/ cowrite-init:(\S+?)(?: \|\| exit 2)?$/.exec(commandOf(group))?.[1])
}

function isFor(group: unknown, { matcher }: HookCall): boolean {
  return (group as { matcher?: unknown } | null)?.matcher === matcher
}

/** How long a client waits for a hook that says nothing of it, in seconds. */
export const usualTimeout = 60

/** Every hook of ours that stands in the settings. Throws Obstructed. */
export async function hooksIn(
  draft: Draft,
  path: string,
  bridge: Hooks['bridge'],
): Promise<{ event: string; matcher: string | null; command: string; timeout: number }[]> {
  const text = bodyOf((await draft.read(path)) ?? '')
  const events = reading(path, () => readEntry(text, ['hooks']))
  if (typeof events !== 'object' || events === null) return []
  const unit = bridge === undefined ? 1 : 1000
  const all: [event: string, groups: unknown][] = Object.entries(events)
  return all.flatMap(([event, groups]) => {
    const ours = Array.isArray(groups) ? groups.filter((group) => markOf(group) !== null) : []
    return ours.map((group) => {
      const { matcher } = group as { matcher?: unknown }
      const [{ timeout }] = (group as { hooks: [{ timeout?: unknown }] }).hooks
      return {
        event,
        matcher: typeof matcher === 'string' ? matcher : null,
        command: commandOf(group),
        timeout: (typeof timeout === 'number' ? timeout : usualTimeout * unit) * (1000 / unit),
      }
    })
  })
}
