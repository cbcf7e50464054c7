/** Kills at any moment of a run, of its end and of the recovery from another kill: what was on the disk comes in. */
import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Workspace } from '../../lib/index.js'
import type { Session } from '../../lib/session.js'
import { startChild } from '../rules/support/children.js'
import { lowerOf, places } from '../rules/support/places.js'
import { fileSystems } from '../support/file-systems.js'
import { canMount, here } from './support/mounts.js'

const [[, onDisk]] = fileSystems as [(typeof fileSystems)[0]]
const rounds = process.env.COWRITE_SWEEP === 'full' ? 200 : 12

/** The last line that a command writes is there when everything before it is. */
const script = `
  for n in $(seq 60); do mkdir -p new/$n; echo $n > new/$n/file; done
  for n in $(seq 20); do echo more >> old/$n; rm old/1$n; mv old/2$n moved-$n; done
  rm -r tree; mkdir tree; echo x > tree/x; chmod 755 old/30; ln -s old link`

describe.runIf(canMount)(`kills and a view, ${here}`, () => {
  const place = places(onDisk)

  function tree(): Record<string, string> {
    const files: Record<string, string> = { 'tree/a/b': 'b', 'tree/c': 'c' }
    for (let number = 1; number < 300; number++) files[`old/${number}`] = `${number}\n`
    return files
  }

  it(`V5: ${rounds} kills while what a command did is brought in leave a session that has all of it`, async () => {
    const plain = place(tree())
    execFileSync('sh', ['-ec', script], { cwd: plain.root })
    const wanted = contentsOf(plain)
    let interrupted = 0
    for (let round = 0; round < rounds; round++) {
      const where = place(tree())
      const before = lowerOf(where)
      const starting = await where.open()
      await starting.start('first')
      await starting.close()
      const run = `
        const session = await workspace.session('first')
        const running = await session.run('sh', ['-ec', ${JSON.stringify(`${script}; echo ready; sleep 0.01`)}], { stdio: 'pipe' })
        for await (const text of running.stdout) print(text.toString().trim())
        await running.done`
      await killSome(where.root, run, 'ready', round * (400 / rounds))
      await killSome(
        where.root,
        "print('opening'); await workspace.session('first')",
        'opening',
        (round * 37) % 300,
      )
      if (fs.readdirSync(`${where.root}/workspace/views`).length > 0) interrupted += 1
      // Each holds folders open, and is closed before there are too many.
      const workspace = await where.open()
      const session = await openedIn(workspace)
      expect(lowerOf(where), `round ${round}`).toEqual(before)
      expect((await session.status()).conflicts, `round ${round}`).toEqual([])
      await session.commit()
      expect(contentsOf(where), `round ${round}`).toEqual(wanted)
      expect(fs.readdirSync(`${where.root}/workspace/views`)).toEqual([])
      await workspace.close()
    }
    expect(interrupted, 'kills that came before the end').toBeGreaterThan(rounds / 10)
  })

  /** Kills a child so many milliseconds after it has said `word`, unless it has ended by then. */
  async function killSome(root: string, body: string, word: string, after: number): Promise<void> {
    const child = await startChild(root, body)
    const closed = new Promise((resolve) => child.once('close', resolve))
    child.stdout?.once('data', async (text: Buffer) => {
      expect(text.toString()).toContain(word)
      await setTimeout(after)
      child.kill('SIGKILL')
    })
    await closed
  }

  /** What was started in the view may take a moment to be gone. */
  async function openedIn(workspace: Workspace): Promise<Session> {
    for (let again = 0; ; again++) {
      try {
        return (await workspace.session('first')) as Session
      } catch (error) {
        if ((error as { code?: string }).code !== 'LOCKED' || again === 100) throw error
        await setTimeout(50)
      }
    }
  }

  function contentsOf({ root }: { root: string }): Record<string, string> {
    const found: Record<string, string> = {}
    for (const entry of fs.readdirSync(root, { recursive: true, withFileTypes: true })) {
      const path = `${entry.parentPath}/${entry.name}`.slice(root.length + 1)
      if (path.split('/')[0] === 'workspace') continue
      const mode = (fs.lstatSync(`${root}/${path}`).mode & 0o777).toString(8)
      if (entry.isFile()) found[path] = `${mode} ${fs.readFileSync(`${root}/${path}`, 'utf8')}`
      else found[path] = entry.isSymbolicLink() ? fs.readlinkSync(`${root}/${path}`) : mode
    }
    return found
  }
})
