import Table from 'cli-table3'

/** A size as people say it: `812 B`, `487 KB`, `2.3 MB`. */
export function sizeInWords(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  const kilobytes = Math.round(bytes / 1024)
  if (kilobytes < 1024) return `${kilobytes} KB`
  for (const [unit, size] of [
    ['MB', 1024 ** 2],
    ['GB', 1024 ** 3],
  ] as const) {
    const amount = bytes / size
    if (Math.round(amount * 10) / 10 < 1024) return `${amount.toFixed(1)} ${unit}`
  }
  return `${(bytes / 1024 ** 4).toFixed(1)} TB`
}

const spans = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const

/** How long ago an ISO date was: `2 hours ago`; `just now` for less than a minute, and for what lies ahead. */
export function ageInWords(date: string, now: Date = new Date()): string {
  const seconds = (now.getTime() - Date.parse(date)) / 1000
  if (Number.isNaN(seconds)) return 'unknown'
  for (const [unit, length] of spans) {
    if (seconds >= length) return `${count(Math.floor(seconds / length), unit)} ago`
  }
  return 'just now'
}

/** `1 file`, `5 files`. */
/** A path that would fill a screen, by its ends. */
export function shortened(path: string): string {
  return path.length <= 400 ? path : `${path.slice(0, 120)}…${path.slice(-60)}`
}

export function count(amount: number, singular: string, plural = `${singular}s`): string {
  return `${amount} ${amount === 1 ? singular : plural}`
}

/** A table in box-drawing characters, its columns at least as wide as `minimum` says. */
export function boxTable(
  columns: readonly { title: string; minimum: number }[],
  rows: readonly string[][],
): string {
  const table = new Table({
    head: columns.map(({ title, minimum }) => title.padEnd(minimum)),
    style: { head: [], border: [], compact: true },
  })
  table.push(...rows.map((row) => [...row]))
  return table.toString()
}
