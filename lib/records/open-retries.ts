/** Which rejections of a session still hold: the rejected text is the present one. */
import type { Retry } from '../api.js'
import type { OpenRetry } from '../chats-api.js'
import { hashFile } from '../store/fingerprint.js'
import { isRejection } from '../store/record.js'
import type { Site } from '../verbs/site.js'
import { shortText } from './rejected-texts.js'
import { placeOf } from './retries.js'

export interface ToldRetry extends OpenRetry {
  /** What was rejected, where it is short; null where a look at the file tells it. */
  text: string | null
}

/** In bytes: a page is read by everybody who goes on. */
const shortest = 1024
const mostText = 8 * 1024

/**
 * One is open while the very text that it rejected is the present one, or where nobody can tell any more. `present` is
 * where a file lies now, relative to the workspace; null where there is none.
 */
export async function retriesOf(
  site: Site,
  retries: readonly Retry[],
  present: (filePath: string) => Promise<string | null>,
): Promise<{ openRetries: ToldRetry[]; replaced: ToldRetry[] }> {
  const rejected = retries.filter(isRejection)
  const texts = shortTexts(site, rejected)
  const now = new Map<string, string | null>()
  for (const filePath of new Set(rejected.map((retry) => retry.filePath))) {
    const at = await present(filePath)
    now.set(filePath, at === null ? null : ((await hashFile(site.port, at))?.sha256 ?? null))
  }
  const openRetries: ToldRetry[] = []
  const replaced: ToldRetry[] = []
  for (const one of byFile(rejected)) {
    const { filePath, retry, reason } = one
    const savedTo = placeOf(site, one)
    const then = await hashFile(site.port, savedTo)
    const isOpen = then === null || then.sha256 === now.get(filePath)
    const told = { filePath, retry, reason, savedTo, text: texts.get(one) ?? null }
    if (isOpen) openRetries.push(told)
    else replaced.push(told)
  }
  return { openRetries, replaced }
}

/** The newest have the room that there is. */
function shortTexts(site: Site, rejected: readonly Retry[]): Map<Retry, string> {
  const texts = new Map<Retry, string>()
  let room = mostText
  for (const retry of [...rejected].reverse()) {
    const text = shortText(site.port, placeOf(site, retry), Math.min(shortest, room))
    if (text === null) continue
    room -= Buffer.byteLength(text)
    texts.set(retry, text)
  }
  return texts
}

/** Those of one file together, in the order in which the files were first rejected. */
function byFile(rejected: readonly Retry[]): Retry[] {
  const files = [...new Set(rejected.map(({ filePath }) => filePath))]
  return files.flatMap((path) => rejected.filter(({ filePath }) => filePath === path))
}
