/** Which folder a command works in, and how it tells where that may surprise. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
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

describe('a workspace whose config is damaged', () => {
  const damages: [string, (config: string) => void, string][] = [
    [
      'is no JSON',
      (config) => writeFileSync(config, '{ "cowrite": 1, "protected": ["x" }'),
      'is not valid JSON',
    ],
    ['is empty', (config) => writeFileSync(config, ''), 'is not valid JSON'],
    ['has an unknown key', (config) => writeFileSync(config, '{ "cowrite": 1, "x": 1 }'), 'Unrecognized key'],
    ['bears no version', (config) => writeFileSync(config, '{ "cowrite": "x" }'), 'bears no format version'],
    ['does not name cowrite', (config) => writeFileSync(config, '{}'), "does not say that it is cowrite's"],
    ['is gone', (config) => rmSync(config), 'is gone'],
  ]

  it.each(damages)('is named to whoever starts a session within, where it %s', async (_how, damage, why) => {
    await cowrite(['session', 'start', 'first'])
    damage(join(book, 'workspace/config.json'))
    const { status, stderr } = await cowrite(['session', 'start', 'inner'], { cwd: acts })
    expect(status).not.toBe(0)
    expect(stderr).toContain(`workspace/config.json in ${book} `)
    expect(stderr).toContain(why)
    expect(stderr).toContain('cowrite doctor')
    expect(existsSync(join(acts, 'workspace'))).toBe(false)
  })

  it('is named by every other command as well, and nothing is made among its records', async () => {
    await cowrite(['session', 'start', 'first'])
    writeFileSync(join(book, 'workspace/config.json'), '{')
    expect((await cowrite(['session', 'status'], { cwd: acts })).stderr).toContain(`in ${book} is not valid`)
    const inside = join(book, 'workspace/sessions')
    expect((await cowrite(['session', 'start', 'inner'], { cwd: inside })).status).not.toBe(0)
    expect(existsSync(join(inside, 'workspace'))).toBe(false)
  })
})

describe('init within another workspace', () => {
  it('makes one of its own, and says which is used where', async () => {
    await cowrite(['session', 'start', 'first'])
    const { stdout } = await cowrite(['init', '--yes'], { cwd: acts })
    expect(stdout).toContain(`✅ WORKSPACE READY: ${acts}\n`)
    expect(stdout).toContain(
      `🏠 It lies inside of the workspace ${book}\n   Commands in this folder use this one`,
    )
    expect(stdout).toContain('To go on with that one here, remove workspace/, which is empty yet.')
    const again = await cowrite(['init', '--yes', '--json'], { cwd: acts })
    expect(JSON.parse(again.stdout)).toMatchObject({ workspace: acts, created: false, within: book })
    const alone = await cowrite(['init', '--yes', '--json'])
    expect(JSON.parse(alone.stdout)).not.toHaveProperty('within')
  })
})
