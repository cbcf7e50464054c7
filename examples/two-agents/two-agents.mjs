/**
 * Two agents in two sessions on one book. Where they changed different places of a file, the second commit merges
 * them; where they changed the same sentence, it is refused, and the person chooses.
 *
 *   node examples/two-agents/two-agents.mjs [--choose session|global]
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { isCowriteError, openWorkspace } from 'cowrite'
import { inTemporaryBook, say } from '../support.mjs'

const { values } = parseArgs({ options: { choose: { type: 'string', default: 'session' } } })
if (!['session', 'global'].includes(values.choose)) throw new Error('--choose knows session and global.')

const chapter = 'acts/act-1/chapters/chapter-01'
const scene = `${chapter}/content/scene-0101.md`
const plan = `${chapter}/plan.md`

await inTemporaryBook({ chapters: 1 }, async ({ root }) => {
  // A chat has a session of its own; two handles of one process are told apart by it.
  const ann = await openWorkspace(root, { chat: 'ann' })
  const ben = await openWorkspace(root, { chat: 'ben' })
  try {
    await work(ann, ben, root)
  } finally {
    await ann.close()
    await ben.close()
  }
})

async function work(ann, ben, root) {
  const first = await ann.start('ann-pace', { description: 'Faster' })
  const second = await ben.start('ben-voice', { description: 'A drier voice' })

  await first.edit(scene, 'Call me Ishmael.', 'Call me Ishmael; everybody does.')
  await first.edit(plan, '## Notes', '## Notes on pace')
  say('Ann changed the first sentence of the scene, and the plan’s heading.')

  const there = await second.edit(scene, 'Call me Ishmael.', 'They call me Ishmael.')
  say(
    'Ben changed the same sentence, and is told at once:',
    `also changed in ${there.alsoChangedIn.join(', ')}`,
  )
  await second.edit(plan, '# Chapter 1: Loomings', '# Chapter 1: Loomings, drier')

  const { commitId } = await first.commit()
  say(`Ann commits: ${commitId}.`)

  const preview = await second.preview()
  say('Ben’s preview, after that:', `merged: ${preview.merged.join(', ')}`)
  for (const { path, reason } of preview.conflicts) say(`  conflict: ${path}, ${reason}`)
  say(await refusal(second, root))

  const choice = `keep_${values.choose}`
  const result = await second.commit({ onConflict: choice, expect: preview.digest })
  say(`The person chooses ${choice}, for what the preview showed: committed as ${result.commitId}.`)
  say('The book now has:', await lineOf(root, scene, /Ishmael[.;].{0,20}/), ...(await headings(root)))
}

/** Without a choice, a commit with a conflict changes nothing. */
async function refusal(session, root) {
  const before = await readFile(join(root, scene), 'utf8')
  try {
    await session.commit()
  } catch (error) {
    if (!isCowriteError(error, 'CONFLICT')) throw error
    const same = (await readFile(join(root, scene), 'utf8')) === before
    return `Ben commits: refused with ${error.code}, the book is ${same ? 'as Ann left it' : 'CHANGED'}.`
  }
  throw new Error('The commit should have been refused.')
}

async function lineOf(root, path, pattern) {
  const line = (await readFile(join(root, path), 'utf8')).split('\n').find((each) => pattern.test(each)) ?? ''
  return `${line.slice(0, 60)}…`
}

async function headings(root) {
  const text = await readFile(join(root, plan), 'utf8')
  return text.split('\n').filter((line) => /^# |^## Notes/.test(line))
}
