/** Views as a shell tells of them. The folder itself stands alone on its output: it is what a script goes on with. */
import type { LeftOut, ViewCost, ViewProviderName, ViewResult, ViewSummary } from '../run-api.js'
import { ageInWords, count, shortened, sizeInWords } from '../text/words.js'
import { answer, type Block, folded, section } from './blocks.js'
import { inertFor } from './face.js'
import { folderOfLeftOut } from './kept-left-out.js'
import { spell, spellProgram } from './spell.js'

const inert = inertFor('shell')

export function providerInWords(provider: ViewProviderName): string {
  return { 'kernel-overlay': 'a mount', 'fuse-overlay': 'a mount by fuse-overlayfs', copy: 'a copy' }[
    provider
  ]
}

/** Before it is made: who waits may want to know for what. Nothing where there is nothing to wait for. */
export function viewCostInWords({ files, bytes, because }: ViewCost): string | null {
  const cost = files === 0 ? null : `⏳ A copy of ${count(files, 'file')} (${sizeInWords(bytes)}) is made`
  if (because === undefined) return cost
  return [`⚠️  ${inert(because)}`, cost ?? '⏳ A copy is made'].join('\n')
}

export function renderViewOpened(session: string, provider: ViewProviderName, isNew: boolean): string {
  return [
    `🪟 VIEW OF ${inert(session)}${isNew ? '' : ', as before'}: ${providerInWords(provider)}`,
    '   What is done there is in the session whenever somebody looks',
    `   Close it: ${spellProgram('view', { close: session })}`,
  ].join('\n')
}

export function renderViews(views: readonly ViewSummary[], now: Date = new Date()): string {
  const heading = [`🪟 VIEWS (${views.length} total)`]
  if (views.length === 0) return answer(heading, [`💡 Make one: ${spellProgram('view')} <NAME>`])
  const lines = views.flatMap(({ session, folder, provider, since, isOpen, isThere }) => [
    `   • ${inert(session)}: ${providerInWords(provider)}, ${ageInWords(since, now)}${isOpen ? '' : ' (the session has ended)'}${isThere ? '' : ' (its folder is gone)'}`,
    `     ${inert(folder)}`,
  ])
  return answer(heading, lines, [`💡 Close one: ${spellProgram('view')} --close <NAME>`])
}

export function renderViewLooked(
  { session, leftOut }: ViewResult,
  { of, closed }: { of: string; closed: boolean },
): string {
  const where =
    session === null
      ? '   Nothing was done there since its session ended'
      : session === of
        ? `   What was done there is in session ${inert(session)}`
        : `   Session ${inert(of)} has ended; what was done there since is in session ${inert(session)}`
  return answer(
    [`✅ VIEW ${closed ? 'CLOSED' : 'LOOKED THROUGH'}: ${inert(of)}`, where],
    leftOutInWords(leftOut),
    session === null ? null : [`💡 See it: ${spell('shell', 'get_active_session', { session })}`],
  )
}

export function leftOutInWords(leftOut: readonly LeftOut[]): Block {
  const items = leftOut.map(({ path, reason }) => `${JSON.stringify(shortened(path))}: ${reason}`)
  const list = section('🚧 Not brought into the session:', folded(items, 10).map(inert))
  const folder = folderOfLeftOut(leftOut)
  return list && folder !== null ? [...list, `   Kept in ${inert(folder)}`] : list
}
