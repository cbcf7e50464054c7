/** A live link whose place folders take, in a view or before one. */
import { describe, expect, it } from 'vitest'
import { lowerOf, paths, places } from '../rules/support/places.js'
import { fileSystems } from '../support/file-systems.js'
import { keepViewsTogether, namedWays } from './support/ways.js'

const [[, onDisk]] = fileSystems as [(typeof fileSystems)[0]]

keepViewsTogether()

describe.each(namedWays)('a view by %s', (_name, { isHere, sh }) => {
  if (!isHere) return it.skip('is not to be had', () => {})
  const place = places(onDisk)

  it('V2, C3: a link that folders replaced comes in, and a commit and an undo are as of any change', async () => {
    const made = ['b', 'b/c', 'b/c/d', 'b/e', 'b/e/f.txt'].map((path) => `a/${path}`)
    const { start, open, root, fs, ...rest } = place({
      'tgt/in.txt': 'in the target\n',
      'note.txt': 'a note\n',
    })
    fs.symlinkSync('tgt', `${root}/a`)
    const before = lowerOf({ fs, root, ...rest })
    const session = await start()
    const result = await sh(
      session,
      'echo more > note.txt; rm a; mkdir -p a/b/c/d a/b/e; echo f > a/b/e/f.txt',
    )
    expect(result).toMatchObject({ exitCode: 0, leftOut: [] })
    expect(lowerOf({ fs, root, ...rest })).toEqual(before)
    const { changes } = await session.status()
    expect(paths(changes.modified)).toContain('note.txt')
    // What comes after it is shown the same, and changes nothing by looking.
    const looked = await sh(session, 'cat note.txt; find a -mindepth 1 | sort; ls tgt')
    expect(looked.stdout).toBe(['more', ...made, 'in.txt', ''].join('\n'))
    expect((await session.status()).changes).toEqual(changes)
    const { commitId } = (await session.commit()) as { commitId: string }
    const after = Object.keys(lowerOf({ fs, root, ...rest }))
    expect(after.filter((path) => path.startsWith('a/')).sort()).toEqual(made)
    await (await open()).undo(commitId)
    expect(fs.readlinkSync(`${root}/a`)).toBe('tgt')
    expect(Object.keys(lowerOf({ fs, root, ...rest }))).toEqual(Object.keys(before))
  })

  it('V1: a link that was replaced by calls is a folder in a view, and what is done there comes in', async () => {
    const { start, root, fs } = place({ 'tgt/in.txt': 'in the target\n' })
    fs.symlinkSync('tgt', `${root}/a`)
    const session = await start()
    await session.remove('a')
    await session.write('a/b/c', 'x\n')
    await session.fs.mkdir('a/d/e', { recursive: true })
    const { stdout, exitCode } = await sh(session, 'find a | sort; rm -r a/d; echo y >> a/b/c; mkdir a/f')
    expect([exitCode, stdout]).toEqual([0, 'a\na/b\na/b/c\na/d\na/d/e\n'])
    expect((await session.read('a/b/c')).content).toBe('x\ny\n')
    const { entries } = await session.files({ folder: 'a', recursive: true })
    expect(entries.map(({ filePath }) => filePath).sort()).toEqual(['a/b', 'a/b/c', 'a/f'])
    expect(fs.readdirSync(`${root}/tgt`)).toEqual(['in.txt'])
  })
})
