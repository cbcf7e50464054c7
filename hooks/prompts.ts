/** What a person types: a rejection is kept before anything is written anew, and a mentioned file is the session's. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isCowriteError } from '../lib/index.js'
import { newsAround } from './afterwards.js'
import { context, type HookAnswer, type HookEvent } from './event.js'
import { pathWithin } from './paths.js'
import type { AtWork } from './work.js'

export async function onPrompt(event: HookEvent, at: AtWork): Promise<HookAnswer | null> {
  const { prompt } = event
  if (typeof prompt !== 'string' || isNobodys(prompt)) return null
  const told = [await retryIn(prompt, at), ...(await mentioned(event, prompt, at)), await newsAround(at)]
  const texts = told.filter((text) => text !== null)
  return texts.length === 0 ? null : context(event, texts.join('\n\n'))
}

/** Where the typed words were not seen, or the command bears a name of somebody's own. */
export async function onExpansion(event: HookEvent, at: AtWork): Promise<HookAnswer | null> {
  const { prompt = '', command_name: name = '', command_args: typed = '' } = event
  if (typeof typed !== 'string' || retryTyped.test(String(prompt))) return null
  if (!/(^|[:_])retry$/i.test(String(name))) return null
  const { file, reason } = wordsOf(typed)
  return file === '' || reason === '' ? null : context(event, await recorded(file, reason, at))
}

const retryTyped = /^\s*[/$](?:[\w-]+(?::|__))*retry\b[ \t]*([\s\S]*)$/i

/** What the client itself says, as of a command that has ended in the background. */
function isNobodys(prompt: string): boolean {
  return /^\s*<(task-notification|local-command|system-reminder|command-(name|message))/.test(prompt)
}

async function retryIn(prompt: string, at: AtWork): Promise<string | null> {
  const [, typed] = retryTyped.exec(prompt) ?? []
  if (typed === undefined) return rejects(prompt) ? reminder(at) : null
  const { file, reason } = wordsOf(typed)
  return file === '' || reason === '' ? null : recorded(file, reason, at)
}

/** The first word, or what stands in quotes there; everything after it is the reason, with or without quotes. */
export function wordsOf(typed: string): { file: string; reason: string } {
  const [, quoted, single, plain, rest = ''] =
    /^(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+))\s*([\s\S]*)$/.exec(typed.trim()) ?? []
  const file = (quoted?.replace(/\\(.)/g, '$1') ?? single ?? plain ?? '').replace(/^@/, '')
  const [, inQuotes, inTypographic] = /^(?:"((?:[^"\\]|\\.)*)"|“([^”]*)”)$/.exec(rest.trim()) ?? []
  return { file, reason: (inQuotes?.replace(/\\(.)/g, '$1') ?? inTypographic ?? rest).trim() }
}

/** Now, since the model may write the file anew before it does anything else. */
async function recorded(file: string, reason: string, { workspace, session }: AtWork): Promise<string> {
  const { describeFailure, findOperation, runOperation } = await import('../lib/operations/index.js')
  const record = findOperation('record_human_retry')
  if (record === undefined) throw new Error('There is no operation record_human_retry.')
  try {
    const given = { workspace, session: (name?: string) => workspace.session(name ?? session.name) }
    const result = await runOperation(record, given, { file_path: file, reason })
    return `cowrite has recorded this retry already; do not record it once more. Pass its answer on:\n\n${record.render(result, 'chat')}`
  } catch (error) {
    if (!isCowriteError(error)) throw error
    return `This retry is not recorded. cowrite says:\n\n${describeFailure(error, 'chat').text}`
  }
}

function reminder({ session }: AtWork): string {
  return `If the user rejects a text that exists and wants another, then before you change that file keep the rejected version in session ${session.name}: record_human_retry(file_path="…", reason="User feedback: …", auto_detected=true). If they do not, pass over this.`
}

/** Rather too often than too seldom: it costs a reminder. */
export function rejects(prompt: string): boolean {
  return rejection.test(prompt)
}

const rejection = new RegExp(
  [
    /\b(re-?write|re-?do|re-?generate|re-?work|re-?phrase|start over|(try|do) (it |this |that )?(again|over|once more))\b/,
    /\banother (version|attempt|try|go|take|draft)\b/,
    /\b(not|isn'?t|wasn'?t|aren'?t) (very |really |quite )?(good|great|right|working|it|convincing|what i)\b/,
    /\b(is|was|'s|feels?|sounds?|reads?|looks?|too|so|still) (\w+ ){0,3}(bad|wrong|off|terrible|awful|horrible|boring|flat|dull|weak|poor|clumsy|stiff)\b/,
    /\b(do(es)?n'?t|did ?n'?t|do not|does not) (\w+ )?(work|like|fit|feel right|sound right)\b/,
    /\b(hate|dislike|reject(ed)?|throw (it|this|that) away)\b/,
    /\btoo (much|many|little|few|long|short|dark|slow|fast|vague|wordy|formal|generic)\b/,
    /\b(inconsistent|out of character|not enough)\b/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'i',
)

const mostMentions = 5
/** In characters: a client cuts off what a hook says at some 10,000. */
const mostText = 7_000

/** Files named as `@path`, which the client has read from the real files by then. */
async function mentioned(event: HookEvent, prompt: string, at: AtWork): Promise<string[]> {
  const told: string[] = []
  let left = mostText
  for (const name of namesIn(prompt).slice(0, mostMentions)) {
    const path = pathWithin(at.world.root, event, name)
    if (path === null || `${path}/`.startsWith(`${at.workspace.stateFolder}/`)) continue
    const text = await textOf(path, left, at)
    if (text !== null) told.push(text)
    left -= text?.length ?? 0
  }
  return told
}

export function namesIn(prompt: string): string[] {
  const names = [...prompt.matchAll(/(?:^|[\s("'[])@(?:"([^"\n]+)"|([^\s"'`)\]]+))/g)]
  const bare = names.map(
    ([, quoted, plain = '']) => quoted ?? plain.replace(/[.,;:!?]+$/, '').replace(/#L?\d[\w-]*$/, ''),
  )
  return [...new Set(bare.filter((name) => name !== ''))]
}

async function textOf(path: string, room: number, { session, world }: AtWork): Promise<string | null> {
  try {
    const { at, source, filePath } = await session.place(path, 'read')
    if (at === null)
      return existsSync(join(world.root, path)) ? `${path} is deleted in session ${session.name}.` : null
    if (source !== 'session') return null
    const { content, encoding, truncated } = await session.read(filePath)
    const head = `In session ${session.name} the file ${path} differs from the real one that was mentioned`
    if (encoding !== 'utf-8' || truncated || content.length > room) return `${head}; read it there: ${at}`
    return `${head}. There, at ${at}, it reads:\n\n${content}`
  } catch (error) {
    // A folder, or what no session may touch.
    if (isCowriteError(error)) return null
    throw error
  }
}
