/** Splits a text into lines that keep their ends, so that joining them gives the text again. */
export function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

/** The line end that most lines of the text have; a line feed where there are none. */
export function lineEndOf(text: string): '\n' | '\r\n' {
  const windows = text.split('\r\n').length - 1
  const all = text.split('\n').length - 1
  return windows * 2 > all ? '\r\n' : '\n'
}

/** How many lines of two lists are the same from the start, and from the end after that. */
export function commonEnds(...lists: readonly (readonly string[])[]): { head: number; tail: number } {
  const [first = [], ...others] = lists
  const shortest = Math.min(...lists.map((list) => list.length))
  let head = 0
  while (head < shortest && others.every((list) => list[head] === first[head])) head++
  let tail = 0
  while (tail < shortest - head && others.every((list) => list.at(-1 - tail) === first.at(-1 - tail))) tail++
  return { head, tail }
}

/** How many characters two texts have in common at the beginning, and at the end after that. */
export function commonLengths(before: string, after: string): { head: number; tail: number } {
  const shorter = Math.min(before.length, after.length)
  let head = 0
  while (head < shorter && before.charCodeAt(head) === after.charCodeAt(head)) head++
  let tail = 0
  const [endOfOld, endOfNew] = [before.length - 1, after.length - 1]
  while (tail < shorter - head && before.charCodeAt(endOfOld - tail) === after.charCodeAt(endOfNew - tail))
    tail++
  return { head, tail }
}
