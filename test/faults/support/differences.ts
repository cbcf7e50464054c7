/** What is different between two values, in some words; the first few differences are enough. */
const enough = 6

export function differences(expected: unknown, found: unknown): string {
  const said: string[] = []
  compare(expected, found, '', said)
  const more = said.length > enough ? ` and ${said.length - enough} more` : ''
  return said.slice(0, enough).join('; ') + more
}

function compare(expected: unknown, found: unknown, at: string, said: string[]): void {
  if (isObject(expected) && isObject(found)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(found)]))
      compare(expected[key], found[key], at === '' ? key : `${at} > ${key}`, said)
  } else if (expected !== found) said.push(`${at}: ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
