/** What an error says to do next can be typed as it stands, and leads on. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run, Screen } from './fake-io.js'
import { realRooms as rooms } from './real-rooms.js'

let book: string
beforeEach(async () => {
  book = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-next-steps-')))
  mkdirSync(join(book, 'acts', 'one'), { recursive: true })
  mkdirSync(join(book, 'context'))
  writeFileSync(join(book, 'acts', 'plan.md'), 'A plan. A plan.\n')
  writeFileSync(join(book, 'acts', 'one', 'a.md'), 'One\n')
  await cowrite('session', 'start', 'alpha')
})
afterEach(() => rmSync(book, { recursive: true, force: true }))

const cowrite = (...line: string[]) => run(line, { rooms, cwd: book })

async function refusal(...line: string[]): Promise<{ code: string; steps: string[]; text: string }> {
  const { stdout } = await cowrite(...line, '--json')
  const { error } = JSON.parse(stdout)
  const { stderr } = await cowrite(...line)
  return { code: error.code, steps: error.next_steps, text: stderr }
}

describe('the next step after', () => {
  it('a label that cannot be one is one that can', async () => {
    const { steps } = await refusal('session', 'checkpoint', 'mit leer é')
    expect(steps).toEqual(['cowrite session checkpoint mit-leer-e'])
  })

  it('a delete of what is gone proposes no other to be deleted, nor a cancel the next of its kind', async () => {
    await cowrite('session', 'start', 'n1')
    await cowrite('session', 'start', 'n3')
    await cowrite('session', 'delete', 'n1', '--force')
    expect((await refusal('session', 'delete', 'n1')).steps).toEqual(['cowrite session list --all'])
    expect((await refusal('session', 'delete', 'alpah')).steps).toEqual(['cowrite session list --all'])
    expect((await refusal('session', 'cancel', 'n1')).steps).toEqual(['cowrite session list'])
    expect((await refusal('session', 'cancel', 'alpah')).steps[0]).toBe('cowrite session cancel alpha')
  })

  it('a session without a name has the place for one, and the flag that does without', async () => {
    const { steps, text } = await refusal('session', 'start')
    expect(steps).toEqual(['cowrite session start <name>'])
    expect(text).toContain('NAME is missing: a session needs one, unless --idempotent is set')
  })

  it('keep_session without a digest keeps the session and the choice', async () => {
    const { steps } = await refusal('session', 'commit', 'alpha', '--force', '--on-conflict', 'keep_session')
    expect(steps).toEqual(['cowrite session commit alpha --on-conflict keep_session'])
  })

  it('an undo of what is undone, or of nothing, names the undo that brings it back', async () => {
    await cowrite('file', 'write', 'acts/plan.md', 'New\n')
    const commit = JSON.parse((await cowrite('session', 'commit', '--force', '--json')).stdout).commit_id
    const undo = JSON.parse((await cowrite('session', 'undo', '--json')).stdout).undo_id
    const wayBack = `cowrite session undo ${undo}`
    expect(await refusal('session', 'undo', commit)).toMatchObject({
      code: 'CONFLICT',
      steps: [wayBack, 'cowrite session commits'],
    })
    const nothing = await refusal('session', 'undo')
    expect(nothing).toMatchObject({ code: 'NOT_FOUND', steps: [wayBack, 'cowrite session commits'] })
    expect(nothing.text).toContain(`Bring back what was undone: ${wayBack}`)
    await cowrite(...wayBack.split(' ').slice(1))
    expect(readFileSync(join(book, 'acts', 'plan.md'), 'utf8')).toBe('New\n')
  })

  it('an edit whose text is not there, or too often, is to read that file', async () => {
    const missing = await refusal('file', 'edit', 'acts/plan.md', 'x', 'y')
    expect(missing.steps).toEqual(['cowrite file read acts/plan.md'])
    const often = await refusal('file', 'edit', 'acts/plan.md', 'plan', 'y')
    expect(often.steps).toEqual(['cowrite file read acts/plan.md'])
    expect(often.text).toContain('or --replace-all.')
  })

  it('a folder that was read as a file is to list it', async () => {
    expect((await refusal('file', 'read', 'acts/one')).steps).toEqual(['cowrite file ls acts/one'])
  })

  it('a move onto a folder is to move into it', async () => {
    const { code, steps } = await refusal('file', 'mv', 'acts/plan.md', 'context')
    expect(code).toBe('ALREADY_EXISTS')
    expect(steps).toEqual(['cowrite file mv acts/plan.md context/plan.md'])
    expect((await cowrite('file', 'mv', 'acts/plan.md', 'context/plan.md')).status).toBe(0)
    const onFile = await refusal('file', 'mv', 'acts/one/a.md', 'context/plan.md')
    expect(onFile.steps).toEqual(['cowrite file read context/plan.md'])
  })

  it('a move into itself is another destination', async () => {
    const { code, steps, text } = await refusal('file', 'mv', 'acts', 'acts/one/acts')
    expect(code).toBe('INVALID_INPUT')
    expect(text).toContain('acts cannot be moved into itself')
    expect(steps).toEqual(['cowrite file mv acts <destination>'])
  })

  it('a number that is none names the flag', async () => {
    expect((await refusal('file', 'ls', 'acts', '--limit', 'x')).text).toContain('--limit must be a number')
    expect((await refusal('retries', '--retry', 'x')).text).toContain('--retry must be a number')
    expect((await refusal('restore', 'acts/plan.md', 'x')).text).toContain('RETRY must be a number')
  })

  it('a workspace that is not there is to look at the path, or to make it', async () => {
    const nope = join(book, 'no pe')
    const { steps, text } = await refusal('session', 'list', '--workspace', nope)
    expect(steps).toEqual([`mkdir -p '${nope}' && cowrite init --workspace '${nope}'`])
    expect(text).toContain('Check the path')
  })

  it('an init that was refused is init', async () => {
    rmSync(join(book, 'workspace'), { recursive: true })
    const keys = [{ when: 'Make ', press: 'n\r' }]
    const { stderr } = await run(['init'], { rooms, cwd: book, terminal: true, keys })
    expect(stderr).toMatch(/💡 .*: cowrite init\b/)
    expect(stderr).not.toContain('commit')
  })

  it('a group of tools that is none names those there are', async () => {
    const { steps, text } = await refusal('mcp', '--tools', 'foo')
    expect(steps).toEqual(['cowrite mcp --tools session,files,records'])
    expect(text).not.toContain('Available sessions')
  })

  it('a retry that is none of a file names those there are', async () => {
    await cowrite('retry', 'acts/plan.md', 'Too vague')
    const { code, steps, text } = await refusal('retries', 'acts/plan.md', '--retry', '7')
    expect(code).toBe('NOT_FOUND')
    expect(text).toContain('acts/plan.md has no retry 7: there are 1.')
    expect(steps).toEqual(['cowrite retries acts/plan.md'])
    expect((await cowrite('retries', 'acts/plan.md', '--retry', '1')).stdout).toContain('Too vague')
  })

  it('a name that is near another is that one', async () => {
    const { steps, text } = await refusal('session', 'switch', 'alph')
    expect(steps).toEqual(['cowrite session switch alpha', 'cowrite session list'])
    expect(text).toContain('Did you mean: cowrite session switch alpha')
    expect((await refusal('session', 'switch', 'other')).steps).toEqual(['cowrite session list'])
    expect((await refusal('session', 'commit', 'Alhpa', '--force')).steps[0]).toBe(
      'cowrite session commit alpha',
    )
  })

  it('keeps words to be filled in where a shell takes them for words', async () => {
    const { stderr } = await cowrite('retry', 'acts/plan.md', '')
    expect(stderr).toContain('cowrite retry acts/plan.md "<reason>"')
  })
})

describe('an answer', () => {
  it('says of a list that is empty why', async () => {
    const none = (await cowrite('session', 'list', '--status', 'cancelled')).stdout
    expect(none).toContain('None is like that.\n\n💡 All there are: cowrite session list --all')
  })

  it('to a preview with nothing in it tells of ending the session, not of overwriting', async () => {
    const { stdout } = await cowrite('session', 'commit')
    expect(stdout).toContain('Nothing has changed.')
    expect(stdout).not.toMatch(/OVERWRITE|To proceed/)
    expect(stdout).toContain('To end the session, its retries archived: cowrite session commit alpha --force')
    expect(stdout).toContain('cowrite session cancel alpha')
    const keys = [{ when: '(y/N)', press: 'n\r' }]
    const asked = await run(['session', 'commit'], { rooms, cwd: book, terminal: true, keys })
    expect(asked.stdout).toContain('Nothing has changed. End session alpha?')
    expect((await cowrite('session', 'commit', 'alpha', '--force')).stdout).toContain('SESSION COMMITTED')

    await cowrite('session', 'start', 'beta')
    await cowrite('file', 'write', 'acts/plan.md', 'New')
    expect((await cowrite('session', 'commit')).stdout).toContain('❓ This will OVERWRITE global files.')
  })

  it('to a deletion says how many files a folder held', async () => {
    writeFileSync(join(book, 'acts', 'one', 'b.md'), 'Two\n')
    await cowrite('file', 'write', 'acts/one/deep/c.md', 'Three')
    const folder = JSON.parse((await cowrite('file', 'rm', 'acts/one', '--json')).stdout)
    expect(folder).toEqual({ file_path: 'acts/one', change: 'deleted', files: 3 })
    const file = JSON.parse((await cowrite('file', 'rm', 'acts/plan.md', '--json')).stdout)
    expect(file).toEqual({ file_path: 'acts/plan.md', change: 'deleted' })
    expect((await cowrite('file', 'rm', 'acts')).stdout).toContain('acts (a folder with 0 files in it)')
    expect((await cowrite('file', 'rm', '--help')).stdout).toMatch(/a\s+whole\s+folder/)
  })

  it('to a recovery of what is whole says that there is nothing to recover', async () => {
    expect((await cowrite('session', 'recover')).stdout).toMatch(/^✅ Nothing to recover\n/)
    expect((await cowrite('session', 'recover', 'alpha')).stdout).toMatch(
      /^✅ Nothing to recover: alpha is whole\n/,
    )
  })

  it('keeps a table within a narrow terminal, by its names', async () => {
    const long = 'a-very-long-name-of-a-session-that-goes-on'
    await cowrite('session', 'start', long)
    const widest = (text: string) =>
      Math.max(
        ...text.split('\n').map((line) => (/^[┌│├└]/.test(line) ? stripVTControlCharacters(line).length : 0)),
      )
    const at = async (columns: number, isTTY = true) => {
      const stdout = Object.assign(new Screen(isTTY), { columns })
      await run(['session', 'list'], { rooms, cwd: book, stdout })
      return stripVTControlCharacters(stdout.text)
    }
    const narrow = await at(60)
    expect(widest(narrow)).toBe(60)
    expect(narrow).toMatch(/│ a-very-long-n\S*… │/)
    expect(widest(await at(40))).toBeLessThan(widest(narrow))
    expect(await at(100)).toContain(`│ ${long} │`)
    expect(await at(60, false)).toContain(`│ ${long} │`)
  })
})
