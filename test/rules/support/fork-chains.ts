/** A chain of forks against a plain folder: each makes the same edits as the folder gets, over what the one before left. */
import * as nodeFs from 'node:fs'
import * as fsPromises from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect } from 'vitest'
import { openWorkspace } from '../../../lib/index.js'
import type { SessionFs } from '../../../lib/session-fs/session-fs.js'
import type { SessionApi } from '../../../lib/workspace-api.js'
import { answerOf, type Operation, operation, type Place, treeOf } from '../../session-fs/operations.js'
import { quickFolder } from '../../support/file-systems.js'

/** What becomes of a session once it has been forked. */
const fates = ['nothing', 'changed', 'cancelled', 'committed'] as const

export interface Chain {
  links: { operations: Operation[]; fate: (typeof fates)[number]; afterwards: Operation[] }[]
}

const deeds = ['writeFile', 'appendFile', 'handle', 'truncate', 'rm', 'mkdir', 'rename', 'chmod', 'symlink']
const looks = ['unlink', 'rmdir', 'readdir', 'readFile', 'stat', 'readlink']
/** node says that it removed a linked folder, and did nothing; a session says that it cannot. */
const isFit = (one: Operation): boolean =>
  (deeds.includes(one.do) || looks.includes(one.do)) && !(one.do === 'rm' && one.path.endsWith('/'))
const operations = fc.array(operation.filter(isFit), { minLength: 3, maxLength: 12, size: 'max' })

export const chain: fc.Arbitrary<Chain> = fc.record({
  links: fc.array(fc.record({ operations, fate: fc.constantFrom(...fates), afterwards: operations }), {
    minLength: 5,
    maxLength: 5,
  }),
})

function layOut(root: string): void {
  nodeFs.mkdirSync(root, { recursive: true })
  for (const folder of ['a', 'a/b', 'a/b/c', 'c']) nodeFs.mkdirSync(join(root, folder))
  for (const file of ['a/a', 'a/b/a', 'a/b/b', 'a/b/c/a', 'b'])
    nodeFs.writeFileSync(join(root, file), `${file}\n`)
  nodeFs.symlinkSync(`${root}/b`, join(root, 'c/a'))
}

const plainOf = (root: string): Place => ({ fs: fsPromises, at: `${root}/`, root })

/** Throws where a session of the chain, or lower after the commit of the last, is not as the plain folder. */
export async function tryChain({ links }: Chain): Promise<void> {
  const folder = nodeFs.mkdtempSync(join(nodeFs.realpathSync(quickFolder), 'cowrite-chain-'))
  const [lower, plain] = [join(folder, 'lower'), join(folder, 'plain')]
  layOut(lower)
  layOut(plain)
  const workspace = await openWorkspace(lower)
  const inSession = (session: SessionApi): Place => ({ fs: session.fs as SessionFs, at: '', root: lower })
  const treeOfLower = () => treeOf(plainOf(lower), '', ['workspace'])
  const run = async (name: string, session: SessionApi, edits: Operation[]) => {
    for (const edit of edits) {
      const expected = await answerOf(plainOf(plain), edit)
      expect(await answerOf(inSession(session), edit), `${name}: ${JSON.stringify(edit)}`).toEqual(expected)
    }
  }
  try {
    let session = await workspace.start('s0')
    for (const [at, { operations: edits, fate, afterwards }] of links.entries()) {
      const name = `s${at}`
      await run(name, session, edits)
      const tree = await treeOf(plainOf(plain))
      const expectUnchanged = async (when: string) => {
        expect(await treeOf(inSession(session)), `${name} ${when}`).toEqual(tree)
        const told = (await session.diff()).map(({ filePath }) => filePath).sort()
        expect(told, `the changes of ${name} ${when}`).toEqual(differences(await treeOfLower(), tree))
      }
      await expectUnchanged('as it was edited')
      if (at === links.length - 1) break
      const parent = session
      session = await workspace.start(`s${at + 1}`, { from: name })
      await expectUnchanged('in its fork')
      if (fate === 'committed') await parent.commit()
      if (fate === 'changed' || fate === 'cancelled')
        for (const edit of afterwards) await answerOf(inSession(parent), edit)
      if (fate === 'cancelled') await parent.cancel()
      await expectUnchanged(`in its fork, after it was ${fate}`)
    }
    const expected = await treeOf(plainOf(plain))
    await session.commit()
    expect(await treeOfLower(), 'after the commit of the last').toEqual(expected)
  } finally {
    await workspace.close()
    nodeFs.rmSync(folder, { recursive: true, force: true })
  }
}

/** Files and links that are not the same in both; a folder is worth no line of a diff. */
function differences(before: Record<string, unknown>, after: Record<string, unknown>): string[] {
  const isFolder = (value: unknown): boolean => String(value).endsWith(' folder')
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((path) => before[path] !== after[path] && !isFolder(after[path] ?? before[path]))
    .sort()
}
