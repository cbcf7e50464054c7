/** Above this a search that the platform is good at can take a product of both lengths. */
const shortQuery = 100

/** Finds `query` from a position on, -1 where it is not: in time that grows with the text alone, whatever both hold. */
export type TextFinder = (text: string, from: number) => number

export function textFinder(query: string): TextFinder {
  if (query.length <= shortQuery) return (text, from) => text.indexOf(query, from)
  const borders = bordersOf(query)
  return (text, from) => find(text, query, borders, from)
}

/** Where `query` stands in `text`, without overlaps. */
export function placesOf(text: string, query: string): number[] {
  const find = textFinder(query)
  const places: number[] = []
  for (let at = find(text, 0); at !== -1; at = find(text, at + query.length)) places.push(at)
  return places
}

/** After Knuth, Morris and Pratt: how much of the query's start ends at each of its characters. */
function bordersOf(query: string): Int32Array {
  const borders = new Int32Array(query.length)
  for (let at = 1, border = 0; at < query.length; at++) {
    border = fitting(query, borders, border, query.charCodeAt(at))
    borders[at] = border
  }
  return borders
}

function find(text: string, query: string, borders: Int32Array, from: number): number {
  for (let at = from, matched = 0; at < text.length; at++) {
    matched = fitting(query, borders, matched, text.charCodeAt(at))
    if (matched === query.length) return at - matched + 1
  }
  return -1
}

function fitting(query: string, borders: Int32Array, matched: number, character: number): number {
  let length = matched
  while (length > 0 && query.charCodeAt(length) !== character) length = borders[length - 1] as number
  return query.charCodeAt(length) === character ? length + 1 : length
}
