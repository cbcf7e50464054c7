/** What a tool is told that is led from a real file to the session's copy. */
import { deny, type HookAnswer, type HookEvent, instead } from './event.js'

export function readInstead(event: HookEvent, session: string, at: string): HookAnswer {
  const text = `In session ${session} this file differs; what is read is its copy. Write or edit it there: ${at}`
  return instead(event, { file_path: at }, text)
}

export function writtenInstead(event: HookEvent, session: string, at: string): HookAnswer {
  const text = `Written into session ${session}, at ${at}; the real file changes when the session is committed. From now on use that path for it.`
  return instead(event, { file_path: at }, text)
}

export function toBeEdited(event: HookEvent, session: string, at: string): HookAnswer {
  return deny(
    event,
    `Session ${session} is at work: the real file stays as it is until commit. Its copy is at ${at} - read it there, then make the same edit there.`,
  )
}
