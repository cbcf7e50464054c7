/** What happens in the demo: two sessions on a novel, every command, and after each act a look at the real files. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const chapter = 'acts/act-1/chapters/chapter-01'
const plan = `${chapter}/plan.md`
const blueprint = `${chapter}/scenes/scene-0104-blueprint.md`
const scene = (number) => `${chapter}/content/scene-010${number}.md`

const opening = 'It is a way I have of driving off the spleen and regulating the circulation.'
const secondOpening = 'The sea regulates me. Nothing on land does.'
const thirdOpening = 'It is a way I have, when November gets into me, of not knocking hats off.'
const cook = 'though once broiled, judiciously buttered, and judgmatically salted and peppered'
const motive = 'Chief among these motives was the overwhelming idea of the great whale himself.'

/**
 * Plays the story through. Throws where an answer is not of the kind that is told, or the book is not as it should be.
 *
 * @param {{ chat: Awaited<ReturnType<import('./chat.mjs').openChat>>, folder: string,
 *   screen: ReturnType<import('./screen.mjs').makeScreen>, book: import('./expected-book.mjs').ExpectedBook }} stage
 * @returns {Promise<import('./expected-book.mjs').ExpectedBook>} the book as it has to be at the end
 */
export async function playStory(stage) {
  const { screen } = stage
  const { book } = stage
  const isAsExpected = (sentence, expected = book) => {
    const files = expected.compareWith(stage.folder)
    screen.checked(`${sentence} (${files} files compared by sha256)`)
  }

  await startAndWrite(stage)
  isAsExpected('The real files are as they were')
  await tryAnExperiment(stage)
  await reject(stage)
  isAsExpected('The real files are as they were')
  await lookBeforeCommitting(stage)

  const edited = editByHand(stage)
  const committed = await commit(stage, edited)
  isAsExpected(
    'The book is the old one, the edits made by hand, and the session, and nothing else',
    committed,
  )
  const { undo_id } = await undo(stage)
  isAsExpected('The book is as it was before the commit, edits by hand included', edited)
  await stage.chat.type(`/session undo ${undo_id}`)
  isAsExpected('And the commit is back', committed)

  await cancelTheExperiment(stage)
  isAsExpected('Nothing of the experiment is in the book', committed)
  await answerWrongInput(stage)
  isAsExpected('Wrong input changed nothing', committed)
  return committed
}

async function startAndWrite({ chat, screen, book }) {
  screen.part('A session')
  await chat.type('/session list')
  await chat.type('/session start work-on-chapter-01 "All scenes of chapter 1"')

  screen.tell('A read: nothing is copied for it.')
  await chat.agent('read_session_file', { file_path: plan }, { shows: true })

  screen.tell('The first write to a file copies it into the session; the second one goes to that copy.')
  const content = `${book.text(plan)}- Scene 1 opens on the sea, not on Ishmael.\n`
  await chat.agent('write_session_file', { file_path: plan, content }, { shows: true })
  await chat.agent(
    'edit_session_file',
    { file_path: plan, old_string: '## Notes', new_string: '## Notes to self' },
    { shows: true },
  )

  screen.tell(
    'A new file, a move, a deletion, and a file that steers agents, which a preview will point out.',
  )
  await chat.agent('write_session_file', { file_path: blueprint, content: blueprintText })
  await chat.agent('move_session_file', {
    source: 'context/world/pequod.md',
    destination: 'context/ships/pequod.md',
  })
  await chat.agent('delete_session_file', { file_path: 'context/characters/starbuck.json' })
  await chat.agent('write_session_file', { file_path: 'AGENTS.md', content: agentsText })
  await chat.agent('edit_session_file', {
    file_path: scene(3),
    old_string: motive,
    new_string: 'Chief among these motives was the whale.',
  })
  await chat.type('/session status')
}

const blueprintText = '# Scene 4, blueprint\n\n- The inn, the rain, and no money.\n'
const agentsText = '# For agents\n\n- One paragraph a line.\n'

async function tryAnExperiment({ chat, screen }) {
  screen.part('A second session beside it')
  await chat.type('/session start experimental-scene-0102 "Trying a darker tone"')
  await chat.agent(
    'edit_session_file',
    { file_path: scene(2), old_string: cook, new_string: 'though once burned, and eaten in the dark' },
    { shows: true },
  )
  await chat.type('/session list')
  await chat.type('/session switch work-on-chapter-01')
}

async function reject({ chat, screen }) {
  screen.part('Rejected, with the reason')
  await chat.agent('edit_session_file', {
    file_path: scene(1),
    old_string: opening,
    new_string: secondOpening,
  })
  await chat.type('/retry scene-0101.md "Too much exposition, needs more action"')
  await chat.type('/retry scene-0101.md "Character voice inconsistent"')

  screen.tell('Before it writes the scene anew, the agent reads why the others were rejected.')
  await chat.agent('list_retries', { file_path: scene(1) }, { shows: true })
  await chat.agent('edit_session_file', {
    file_path: scene(1),
    old_string: secondOpening,
    new_string: thirdOpening,
  })

  screen.typed('This is bad, rewrite scene 0102, too much about cooking')
  const found = {
    file_path: 'scene-0102.md',
    reason: 'User feedback: Too much about cooking',
    auto_detected: true,
  }
  await chat.agent('record_human_retry', found, { shows: true })
  await chat.agent(
    'edit_session_file',
    { file_path: scene(2), old_string: `${cook}, `, new_string: '' },
    { shows: true },
  )
}

async function lookBeforeCommitting({ chat, screen }) {
  screen.part('What would be committed')
  await chat.type('/session diff')
  await chat.type('/session commit')
}

/** A person at the real files, meanwhile: once beside what the session changed, once in the same sentence. */
function editByHand({ folder, screen, book }) {
  screen.part('Meanwhile, somebody edits the real files')
  const edited = book.copy()
  edited.replace(
    scene(1),
    'Go from Corlears Hook to Coenties Slip',
    "Go from Corlear's Hook to Coenties Slip",
  )
  edited.replace(scene(3), motive, 'First of these motives was the idea of the great whale himself.')
  for (const path of [scene(1), scene(3)]) {
    writeFileSync(join(folder, path), edited.text(path))
    screen.print(`  ${path} was saved from an editor`)
  }
  return edited
}

async function commit({ chat, folder, screen }, edited) {
  screen.tell('One edit goes together with the session, the other one stands in the same sentence.')
  const preview = await chat.type('/session commit')
  if (!preview.merged.includes(scene(1))) throw new Error(`${scene(1)} should have been merged.`)
  await chat.type('/session commit --force', { fails: 'CONFLICT' })
  edited.compareWith(folder)

  screen.tell(
    'Refused, and nothing was touched. The person decides for their session, and for this preview only.',
  )
  await chat.type(`/session commit --on-conflict keep_session`)
  await chat.type(`/session commit --force --on-conflict keep_session --expect ${preview.digest}`)

  const committed = edited.copy()
  committed.replace(plan, '## Notes', '## Notes to self')
  committed.write(plan, `${committed.text(plan)}- Scene 1 opens on the sea, not on Ishmael.\n`)
  committed.write(blueprint, blueprintText)
  committed.move('context/world/pequod.md', 'context/ships/pequod.md')
  committed.remove('context/characters/starbuck.json')
  committed.write('AGENTS.md', agentsText)
  committed.replace(scene(1), opening, thirdOpening)
  committed.replace(scene(2), `${cook}, `, '')
  committed.replace(
    scene(3),
    'First of these motives was the idea of the great whale himself.',
    'Chief among these motives was the whale.',
  )
  const merged = readFileSync(join(folder, scene(1)), 'utf8')
  if (!merged.includes("Corlear's") || !merged.includes(thirdOpening))
    throw new Error('The merge lost an edit.')
  return committed
}

async function undo({ chat, screen }) {
  screen.part('Undone, and brought back')
  await chat.type('/session commits')
  return chat.type('/session undo')
}

async function cancelTheExperiment({ chat, screen }) {
  screen.part('The experiment is thrown away')
  await chat.type('/session switch experimental-scene-0102')
  await chat.type('/retry scene-0102.md "Darker does not work here"')
  await chat.type('/session cancel')
  await chat.agent('list_retries', { file_path: 'scene-0102.md' }, { shows: true })
}

async function answerWrongInput({ chat, screen }) {
  screen.part('Wrong input')
  await chat.type('/session status', { fails: 'NO_ACTIVE_SESSION' })
  await chat.type('/session switch experimental-v2', { fails: 'SESSION_NOT_FOUND' })
  await chat.type('/session start "my draft!"', { fails: 'INVALID_INPUT' })
  await chat.type('/session start last-look')
  await chat.type('/retry scene-9999.md "Not good"', { fails: 'NOT_FOUND' })
  await chat.agent(
    'read_session_file',
    { file_path: '../../etc/passwd' },
    { shows: true, fails: 'PATH_ESCAPE' },
  )
  await chat.agent('commit_session', { force: 'yes' }, { shows: true, fails: 'INVALID_INPUT' })
  await chat.agent('commit_session', { forse: true }, { shows: true, fails: 'INVALID_INPUT' })
  await chat.type('/session cancel last-look')
}
