import { forMarkdown, forTerminal } from '../text/escape.js'

/** Where an answer is read: it decides how the next steps are spelled and what has to be escaped. */
export type Face = 'chat' | 'shell'

/** Makes a name, a reason or a description safe to stand in a line of the face's answers. */
export type Inert = (text: string) => string

export function inertFor(face: Face): Inert {
  return face === 'chat' ? forMarkdown : forTerminal
}
