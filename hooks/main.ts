#!/usr/bin/env node
/** The program that an agent's client runs as a hook: an event as JSON on stdin, an answer on stdout, or none. */
import { readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { concern } from './concern.js'
import { deny, type HookAnswer, type HookEvent, readEvent, writingTools } from './event.js'
import { quickAnswer } from './quick.js'

type Work = typeof import('./work.js')

async function answerTo(event: HookEvent): Promise<HookAnswer | null> {
  const { env } = process
  try {
    const root = concern(event, env)
    if (root === null) return unasked(event)
    const quick = quickAnswer(event, root)
    if (quick !== 'unsure') return quick
    const { loadScript } = await import('../cli/compiled.js')
    const { answer } = loadScript<Work>(__dirname, 'work')
    const program = [process.execPath, join(__dirname, '..', 'cli', 'main.js')]
    const client = /^\d+$/.test(env.CLAUDE_PID ?? '') ? Number(env.CLAUDE_PID) : null
    return await answer(event, { root, env, program, platform: process.platform, client })
  } catch (error) {
    return unable(event, error instanceof Error ? error.message : String(error))
  }
}

/** A folder that is asked for, and is no workspace any more, has no answer that a client could take. */
function unasked(event: HookEvent): null {
  if (event.hook_event_name === 'WorktreeCreate')
    throw new Error(`${event.cwd} is no workspace: cowrite init`)
  return null
}

/** Where it cannot be told which files are meant, nothing is written; all else goes its usual way. */
function unable(event: HookEvent, why: string): HookAnswer | null {
  process.stderr.write(`cowrite: ${why}\n`)
  // Without a folder there is nothing to go to, and the client says so.
  if (event.hook_event_name === 'WorktreeCreate') process.exitCode = 1
  const writes = event.hook_event_name === 'PreToolUse' && writingTools.includes(event.tool_name ?? '')
  return writes ? deny(event, `cowrite cannot tell where this would be written: ${why}`) : null
}

async function main(): Promise<void> {
  const event = readEvent(readFileSync(0, 'utf8'))
  if (event === null) return
  const answer = await answerTo(event)
  // Of a folder, its path is taken as it is.
  if (answer !== null) say(answer.hookSpecificOutput.worktreePath ?? JSON.stringify(answer))
}

/** By the descriptor: to make a stream of it takes a tenth of the time that an empty program takes. */
function say(text: string): void {
  const bytes = Buffer.from(text)
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(1, bytes, written)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    }
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`cowrite: ${error instanceof Error ? error.message : error}\n`)
})
