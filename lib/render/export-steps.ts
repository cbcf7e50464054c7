/** What to do about a document that could not be written where it was to be. */
import type { Face } from './face.js'
import { type Arguments, spellMakingFolder, spellPlain } from './spell.js'
import { type About, asGiven, programStep, type Step } from './steps.js'

export function writeElsewhere(path: string, reason: string, about: About): Step {
  const given = asGiven(about)
  const folder = path.slice(0, path.lastIndexOf('/')) || '/'
  const again = (face: Face, more: Arguments) => spellPlain(face, 'export_session', { ...given, ...more })
  switch (reason) {
    case 'ENOENT':
      return programStep(
        'Make the folder, then write it',
        (face) => `${spellMakingFolder(folder)} && ${again(face, {})}`,
      )
    case 'EEXIST':
      return programStep('Replace it', (face) => again(face, { force: true }))
    case 'EISDIR':
      return programStep('Write it into that folder', (face) =>
        again(face, { output: `${path}/${documentName(given)}` }),
      )
    default:
      return programStep('Write it to where you stand', (face) =>
        again(face, { output: documentName(given) }),
      )
  }
}

function documentName({ session_id, format }: Arguments): string {
  const name = typeof session_id === 'string' ? session_id.replaceAll(/[^\w-]+/g, '-') : 'session'
  return `${name}.${format === 'markdown' ? 'md' : (format ?? 'json')}`
}
