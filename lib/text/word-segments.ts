/** What of a text is a word. */

const signs = `[!-/:-@[-^\`{-~‘’“”–—…]*`
/** A word with signs around it, or signs alone: what most is between two spaces, by the rules of every language. */
const plainWord = new RegExp(`^(${signs})((?:[A-Za-z]+(?:['’][A-Za-z]+)*|[A-Za-z0-9]+)?)(${signs})$`)
/** Nothing but those; so many characters are looked at as one. */
const mostPlain = 64 * 1024
const plainText = /^\s*(?:[A-Za-z]+[,.;:!?]?(?:\s+|$))*$/

let wordSegmenter: Intl.Segmenter | undefined

/** Made when it is needed: it loads the language's rules, which takes longer than most commands. */
function segmentWords(text: string): Intl.SegmentData[] {
  wordSegmenter ??= new Intl.Segmenter('en', { granularity: 'word' })
  const segmenter = wordSegmenter
  // Each segment comes with a copy of the whole, so what is no word of any language is looked at in parts.
  return (text.match(/.{1,1000}/gsu) ?? []).flatMap((part) => [...segmenter.segment(part)])
}

/** The words of a text, without spaces and punctuation, in small letters. */
export function contentWords(text: string): string[] {
  if (text.length <= mostPlain && plainText.test(text)) return text.toLowerCase().match(/[a-z]+/g) ?? []
  return (text.match(/\S+/g) ?? []).flatMap((part) => {
    const plain = plainWord.exec(part)
    if (plain) return plain[2] ? plain[2].toLowerCase() : []
    return segmentWords(part)
      .filter((word) => word.isWordLike)
      .map((word) => word.segment.toLowerCase())
  })
}

/** Words and signs, one by one; all joined are the text, which has no spaces. */
export function wordsIn(text: string): string[] {
  // To ask the segmenter costs as much as twenty of these.
  const plain = plainWord.exec(text)
  if (plain) return [...(plain[1] ?? ''), plain[2] ?? '', ...(plain[3] ?? '')].filter((part) => part !== '')
  return segmentWords(text).map((part) => part.segment)
}
