/**
 * Draft, rejection, new draft: each rejected version is kept with its reason, and the next draft is written from all
 * of them. The writer is a script and no model, which takes a sentence out or puts one in as a reason asks; so is
 * the reader, who has three wishes. What it shows is the loop, and what the reasons are worth: the same writer is
 * run once with all of them and once with only the newest.
 *
 *   node examples/draft-and-retry/draft-and-retry.mjs
 */
import { inTemporaryBook, say } from '../support.mjs'

const scene = 'acts/act-1/chapters/chapter-01/content/scene-0104.md'
const mostDrafts = 5

/** What the reader rejects a draft for, each with the reason as a person would type it. */
const wishes = [
  { reason: 'Too much exposition, needs more action', holds: (text) => !text.includes('manner of ships') },
  {
    reason: 'Character voice inconsistent: Ishmael jokes when he is afraid',
    holds: (text) => text.includes('coffin'),
  },
  { reason: 'Ends on a moral; end on something plain', holds: (text) => text.endsWith('It rained.\n') },
]

/** What the writer does about each kind of reason. */
const remedies = [
  {
    heard: /exposition/,
    mend: (draft) => ({ ...draft, opening: 'I ran for the inn with my bag over my head.' }),
  },
  { heard: /voice/, mend: (draft) => ({ ...draft, middle: 'A dry coffin, I thought, would do me nicely.' }) },
  { heard: /moral/, mend: (draft) => ({ ...draft, ending: 'It rained.' }) },
]
const habits = {
  opening: 'There are, in every port, all manner of ships, of which I shall now speak.',
  middle: 'I was afraid of the dark street.',
  ending: 'For so it is with all of us.',
}

await inTemporaryBook({ chapters: 1 }, async (workspace) => {
  const heedful = await loop(workspace, 'all-reasons', (reasons) => reasons)
  const forgetful = await loop(workspace, 'newest-reason', (reasons) => reasons.slice(-1))
  say('')
  say(`With all the reasons: ${inWords(heedful)}. With the newest one alone: ${inWords(forgetful)}.`)
})

async function loop(workspace, name, heeded) {
  const session = await workspace.start(name)
  say('')
  say(`── Session ${name}`)
  for (let attempt = 1; attempt <= mostDrafts; attempt++) {
    // The reasons come from the session, not from memory: another process, or tomorrow's chat, reads the same.
    const reasons = (await session.retries()).filter(({ filePath }) => filePath === scene)
    const text = write(heeded(reasons.map(({ reason }) => reason)))
    await session.write(scene, text)
    say(`Draft ${attempt}, from ${heeded(reasons).length} of ${reasons.length} reasons:`, text.trim())

    const rejected = wishes.find(({ holds }) => !holds(text))
    if (rejected === undefined) {
      await session.commit()
      say('Accepted and committed.')
      return attempt
    }
    const { retry, savedTo } = await session.retry(scene, rejected.reason)
    say(`/retry ${retry}: "${rejected.reason}"`, `kept as ${savedTo}`)
  }
  const { archive } = await session.cancel()
  say(`Given up after ${mostDrafts} drafts; they are in ${archive}`)
  return null
}

function write(reasons) {
  const mended = remedies.filter(({ heard }) => reasons.some((reason) => heard.test(reason)))
  const { opening, middle, ending } = mended.reduce((draft, { mend }) => mend(draft), habits)
  return `${[opening, middle, ending].join(' ')}\n`
}

function inWords(attempt) {
  return attempt === null ? `no draft accepted in ${mostDrafts}` : `draft ${attempt} was accepted`
}
