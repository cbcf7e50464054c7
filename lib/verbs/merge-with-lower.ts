import type { Target, Wanted } from '../engine/intent.js'
import { readIfThere } from '../store/files.js'
import type { SessionStore } from '../store/overlay.js'
import type { Entry } from '../store/record.js'
import { decodeText } from '../text/decode.js'
import { mergeTexts } from '../text/merge.js'
import { conflict, type Judgement } from './examined.js'
import { readBase } from './kept-base.js'

/** In bytes. Above it, texts are not merged (T3). */
const largestMergedFile = 8 * 1024 * 1024

/** What becomes of a text that changed on both sides (T3). */
export function mergeWithLower(store: SessionStore, entry: Entry, at: string, target: Target): Judgement {
  const texts = threeTexts(store, entry, at)
  if (texts === 'no base')
    return conflict('changed on both sides, and the version that both began with was not kept', target)
  if (texts === 'binary') return conflict('changed on both sides, and not text that could be merged', target)
  const outcome = mergeTexts(texts.base, texts.ours, texts.theirs)
  if ('marked' in outcome) {
    return {
      ...conflict('changed on both sides, in the same place', target),
      marked: outcome.marked({ session: `session ${store.name}` }),
    }
  }
  const wanted = target.wanted as Extract<Wanted, { kind: 'file' }>
  const { sha256: _, ...rest } = wanted
  return {
    verdict: 'merged',
    target: { ...target, wanted: { ...rest, content: { bytes: Buffer.from(outcome.merged) } } },
  }
}

function threeTexts(
  store: SessionStore,
  entry: Entry,
  at: string,
): { base: string; ours: string; theirs: string } | 'no base' | 'binary' {
  const kept = readBase(store, entry)
  if (kept === null) return 'no base'
  const texts = [kept, readBounded(store, at), readBounded(store, entry.path)].map(
    (bytes) => bytes && decodeText(bytes),
  )
  const [base, ours, theirs] = texts
  if (typeof base !== 'string' || typeof ours !== 'string' || typeof theirs !== 'string') return 'binary'
  return { base, ours, theirs }
}

/** Null for what is not there, and for what is too large to be merged. */
export function readBounded(store: SessionStore, at: string): Buffer | null {
  const stat = store.port.stat(at)
  return stat === null || Number(stat.size) > largestMergedFile ? null : readIfThere(store.port, at)
}
