/** What was written to the real files all the same is told: nothing goes past the session unseen. */
import { lstatSync, opendirSync } from 'node:fs'
import { join } from 'node:path'
import { inView, quoted } from './commands.js'
import { givenFile, type HookAnswer, type HookEvent, inputText } from './event.js'
import { partOf } from './paths.js'
import type { AtWork } from './work.js'

export async function afterFile(event: HookEvent, at: AtWork): Promise<HookAnswer | null> {
  const part = partOf(event, givenFile(event), at)
  if (part?.kind === 'live') return wentAround(event, [part.path], at)
  // A new file counts as the session's from the first look on.
  if (part?.kind === 'copy') await at.session.place(part.path, 'read')
  return null
}

export async function afterCommand(event: HookEvent, at: AtWork): Promise<HookAnswer | null> {
  const command = inputText(event, 'command')
  const shown = inView(at.session.name, at.world).map(quoted).join(' ')
  if (command === null || command.startsWith(shown) || event.duration_ms === undefined) return null
  const changed = changedSince(performance.timeOrigin - event.duration_ms - slack, at)
  return changed.length === 0 ? null : wentAround(event, changed, at)
}

function wentAround(event: HookEvent, paths: readonly string[], { session, world }: AtWork): HookAnswer {
  const list = paths.slice(0, mostNamed).map((path) => `   • ${path}`)
  if (paths.length > mostNamed) list.push(`   … and ${paths.length - mostNamed} more`)
  const text = [
    `⚠️ CHANGED AROUND SESSION ${session.name}, in the real files:`,
    ...list,
    `Tell the user. To have it in the session, write it to ${world.root}/${session.path} at the same path; what was in the real file before, cowrite does not have.`,
  ].join('\n')
  return {
    hookSpecificOutput: { hookEventName: event.hook_event_name, additionalContext: text },
    systemMessage: text,
  }
}

const mostNamed = 20
/** In milliseconds: what passes between the command's end and the start of this process. */
const slack = 250
/** A look at more than this would be longer than the command. */
const mostLookedAt = 20_000

/** Files that were changed since a moment, by the command or by somebody else meanwhile. */
function changedSince(time: number, { workspace, world }: AtWork): string[] {
  const changed: string[] = []
  let looked = 0
  const visit = (folder: string): void => {
    const names = opendirSync(join(world.root, folder))
    try {
      for (let entry = names.readSync(); entry !== null; entry = names.readSync()) {
        const path = folder === '' ? entry.name : `${folder}/${entry.name}`
        if (path === workspace.stateFolder || notLookedAt.has(entry.name) || ++looked > mostLookedAt) continue
        if (entry.isDirectory()) visit(path)
        else if ((lstatSync(join(world.root, path), { throwIfNoEntry: false })?.ctimeMs ?? 0) >= time)
          changed.push(path)
      }
    } finally {
      names.closeSync()
    }
  }
  visit('')
  return changed
}

const notLookedAt = new Set(['.git', 'node_modules'])
