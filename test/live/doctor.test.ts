/** `cowrite doctor` on a folder that is set up: with the built program, as the clients start it. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it, vi } from 'vitest'
import type { Check } from '../../live/index.js'
import { commandFolder } from '../support/command-line.js'

const place = commandFolder()
let folder: string
let book: string
beforeEach(() => {
  folder = place.folder
  book = place.at('book')
  for (const path of ['book', 'home', 'tmp']) mkdirSync(place.at(path))
  vi.stubEnv('TMPDIR', join(folder, 'tmp'))
})

const cowrite = (...line: string[]) =>
  place.run(line, { cwd: book, env: { HOME: join(folder, 'home'), PATH: process.env.PATH ?? '' } })

it('starts the server, runs every hook and makes a view, and changes nothing', async () => {
  await cowrite('init', '--client', 'claude-code', 'opencode', '--yes')
  const everything = () => readdirSync(folder, { recursive: true }).toSorted()
  const before = everything()
  const { status, stdout } = await cowrite('doctor')
  expect(status, stdout).toBe(0)
  expect(stdout).toContain('✅ WORKSPACE SOUND')
  expect(stdout).toMatch(/✅ Claude Code: server cowrite \(\.mcp\.json\): answers with \d+ tools/)
  expect(stdout).toMatch(
    /✅ Claude Code: hook SessionStart \(\.claude\/settings\.json\): tells a chat of its session/,
  )
  expect(stdout).toMatch(/✅ Claude Code: hook PreToolUse, Write\|.*: leads a write into the session/)
  expect(stdout).toMatch(/✅ Claude Code: hook WorktreeCreate .*: shows a session as a folder/)
  expect(stdout).toMatch(/✅ opencode: hook tool\.execute\.before .*: leads a write into the session/)
  expect(stdout).toMatch(/(✅|⚠️) view cowrite run/)
  expect(everything()).toEqual(before)
})

it('says what is broken, with exit status 8 and the command that mends it', async () => {
  await cowrite('init', '--client', 'gemini', '--yes')
  const file = join(book, '.gemini/settings.json')
  writeFileSync(file, readFileSync(file, 'utf8').replace(/\/main\.js/g, '/gone.js'))
  const { status, stdout } = await cowrite('doctor', '--json')
  expect(status).toBe(8)
  const { sound, live } = JSON.parse(stdout)
  expect(sound).toBe(true)
  const failed = live.checks.filter(({ status: is }: Check) => is === 'failed')
  expect(new Set(failed.map(({ part }: Check) => part))).toEqual(new Set(['server', 'hook']))
  for (const { next_steps } of failed) expect(next_steps[0]).toContain('cowrite init --client gemini --yes')
  expect(live.checks.filter(({ part }: Check) => part === 'hook')).toHaveLength(failed.length - 1)
})

it('starts nothing with --no-live, and says so where nothing is set up', async () => {
  expect(JSON.parse((await cowrite('doctor', '--no-live', '--json')).stdout).live.checks).toEqual([])
  expect((await cowrite('doctor')).stdout).toContain('No agent client is set up here: cowrite init')
})
