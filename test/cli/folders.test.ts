/** Which folder a command works in, and how it tells where that may surprise. */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { commandFolder } from '../support/command-line.js'

const place = commandFolder({ 'acts/plan.md': 'A plan.\n' })
let book: string
let acts: string
beforeEach(() => {
  book = place.folder
  acts = join(book, 'acts')
})
const cowrite = place.run

describe('the workspace', () => {
  it('is the one above, where there is one', async () => {
    await cowrite(['session', 'start', 'first'])
    const { stdout } = await cowrite(['session', 'start', 'second'], { cwd: acts })
    expect(stdout).not.toContain('New workspace')
    expect(existsSync(join(acts, 'workspace'))).toBe(false)
    expect(existsSync(join(book, 'workspace/sessions/second'))).toBe(true)
  })

  it('is named by the start that makes it', async () => {
    const { stdout } = await cowrite(['session', 'start', 'first'])
    expect(stdout).toContain(`   workspace/sessions/first/\n\n🏠 New workspace: ${book}\n`)
    expect((await cowrite(['session', 'start', 'second'])).stdout).not.toContain('🏠')
  })

  it('is told to lie in a repository or in another, with the commands for that one', async () => {
    mkdirSync(join(book, '.git'))
    const inRepository = await cowrite(['session', 'start', 'first'], { cwd: acts })
    for (const told of [
      `🏠 New workspace: ${acts}\n   It lies inside ${book},`,
      `To work there instead: cowrite session start first --workspace '${book}'\n`,
      `Then end this one: cowrite session cancel first --workspace '${acts}'\n`,
    ])
      expect(inRepository.stdout).toContain(told)

    mkdirSync(join(acts, 'one'))
    const line = ['session', 'start', 'deeper', '--workspace', join(acts, 'one'), '--json']
    const { stdout } = await cowrite(line)
    expect(JSON.parse(stdout)).toMatchObject({ new_workspace: join(acts, 'one'), within: acts })
  })

  it('is not made by a name that cannot be one', async () => {
    expect((await cowrite(['session', 'start', 'no name'])).status).toBe(1)
    expect(existsSync(join(book, 'workspace'))).toBe(false)
  })

  it('is said to be missing, and where the nearest above is', async () => {
    for (const command of ['list', 'status']) {
      const { stdout, stderr } = await cowrite(['session', command])
      expect(stdout + stderr).toContain(`🏠 No workspace here: ${book}\n`)
    }
    await cowrite(['session', 'start', 'first'])
    for (const command of ['list', 'status']) {
      const { stdout, stderr } = await cowrite(['session', command, '--workspace', acts])
      expect(stdout + stderr).toContain(`The nearest above: ${book}\n`)
      expect(stdout + stderr).toContain(`cowrite session list --workspace '${book}'\n`)
    }
    const list = await cowrite(['session', 'list', '--workspace', acts, '--json'])
    expect(JSON.parse(list.stdout)).toMatchObject({ no_workspace: acts, within: book })
    const status = await cowrite(['session', 'status', '--workspace', acts, '--json'])
    expect(JSON.parse(status.stdout).error.data).toEqual({ no_workspace: { folder: acts, above: book } })
    expect((await cowrite(['session', 'list'])).stdout).not.toContain('🏠')
  })
})
