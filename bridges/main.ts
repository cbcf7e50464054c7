/**
 * The program that other clients than Claude Code run before and after their tools: it asks the hook, in its form.
 *
 *   node bridges/main.js gemini|opencode      what the client tells on stdin, what it is answered on stdout
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mayBeAtWork } from '../lib/workspace/at-work.js'
import { findWorkspace } from '../lib/workspace/find-workspace.js'
import type { Bridge, Foreign, HookAnswer, HookEvent } from './bridge.js'
import { chatBeside } from './chat.js'
import { gemini } from './gemini.js'
import { opencode } from './opencode.js'

const bridges: Record<string, Bridge> = { gemini, opencode }

function answerTo(bridge: Bridge, told: Foreign): object | null {
  const event = bridge.toEvent(told)
  if (event === null || typeof event.cwd !== 'string') return null
  const root = findWorkspace(event.cwd)
  if (root === null) return null
  const chat = chatBeside(root, process.pid) ?? String(event.session_id)
  if (!mayBeAtWork(root, chat)) return null
  const { answer, failure } = ask({ ...event, session_id: chat }, root)
  if (failure !== null) {
    process.stderr.write(`cowrite: ${failure}\n`)
    const writes = event.hook_event_name === 'PreToolUse' && event.tool_name !== 'Read'
    return writes ? bridge.refusal(`cowrite cannot tell where this would be written: ${failure}`) : null
  }
  return answer === null ? null : bridge.toAnswer(answer, told)
}

interface Asked {
  answer: HookAnswer | null
  failure: string | null
}

function ask(event: HookEvent, root: string): Asked {
  const hook = join(__dirname, '..', 'hooks', 'main.js')
  const env = { ...process.env, CLAUDE_PROJECT_DIR: root }
  const { status, stdout, stderr } = spawnSync(process.execPath, [hook], {
    input: JSON.stringify(event),
    encoding: 'utf8',
    env,
  })
  if (stderr) process.stderr.write(stderr)
  if (status !== 0) return { answer: null, failure: `the hook ended with ${status}` }
  return { answer: stdout === '' ? null : JSON.parse(stdout), failure: null }
}

function main([client = '']: string[]): void {
  const bridge = Object.hasOwn(bridges, client) ? bridges[client] : undefined
  if (bridge === undefined) throw new Error(`there is no bridge for ${client || 'nobody'}`)
  const answer = answerTo(bridge, JSON.parse(readFileSync(0, 'utf8')))
  if (answer !== null) writeFileSync(1, JSON.stringify(answer))
}

try {
  main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`cowrite: ${error instanceof Error ? error.message : error}\n`)
  // The clients take this for a refusal, where the tool writes.
  process.exitCode = 2
}
