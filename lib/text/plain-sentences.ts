/**
 * The ends of sentences in prose of western letters and signs, by the rules that Unicode has for them (UAX #29, SB6 to
 * SB11). To load the rules of all languages takes longer than most commands, and to use them ten times as long as this.
 */

const closing = `"'()[\\]{}‘’“”`
/** What these rules know; of a semicolon after a sentence's end, versions of Unicode think differently. */
const known = /^[\t -~À-ÖØ-öø-ÿ‘’“”–—…]*$/
const unsure = new RegExp(`[.!?][${closing}]*[ \\t]*;`)
const end = new RegExp(`[.!?][${closing}]*[ \\t]*`, 'g')

const goingOn = /[.!?,:–—-]/
const digit = /[0-9]/
const upper = /[A-ZÀ-ÖØ-Þ]/
const lower = /[a-zß-öø-ÿ]/
const letterOrEnd = /[A-Za-zÀ-ÖØ-öø-ÿ.!?]/g

export function isPlain(text: string): boolean {
  return known.test(text) && !unsure.test(text)
}

/** The sentences of a text without line breaks, each with the space after it; null for what it takes more rules for. */
export function plainSentences(text: string): string[] | null {
  if (!isPlain(text)) return null
  const sentences: string[] = []
  let start = 0
  end.lastIndex = 0
  for (let found = end.exec(text); found !== null; found = end.exec(text)) {
    const next = end.lastIndex
    if (next === text.length || goesOn(text, found.index, next)) continue
    sentences.push(text.slice(start, next))
    start = next
  }
  if (start < text.length) sentences.push(text.slice(start))
  return sentences
}

/** Whether the sentence goes on after a sign that may end one, at `at`, and the spaces after it, up to `next`. */
function goesOn(text: string, at: number, next: number): boolean {
  const follows = text.charAt(next)
  if (goingOn.test(follows)) return true
  if (text.charAt(at) !== '.') return false
  if (next === at + 1) {
    if (digit.test(follows)) return true
    const before = text.charAt(at - 1)
    if (upper.test(follows) && (upper.test(before) || lower.test(before))) return true
  }
  letterOrEnd.lastIndex = next
  const letter = letterOrEnd.exec(text)?.[0] ?? ''
  return lower.test(letter)
}
