/** Figures, moments and small tables, as the answers on records have them. */
import { localMoment } from '../text/local-time.js'
import { boxTable, count } from '../text/words.js'
import type { Inert } from './face.js'

export function aligned(facts: [string, string | null][]): string[] {
  const told = facts.filter((fact): fact is [string, string] => fact[1] !== null)
  const width = Math.max(...told.map(([label]) => label.length)) + 2
  return told.map(([label, value]) => `${`${label}:`.padEnd(width)} ${value}`)
}

export function table(titles: readonly string[], rows: readonly string[][]): string {
  return boxTable(
    titles.map((title) => ({ title, minimum: title.length })),
    rows,
  )
}

export function grouped(value: number): string {
  return value.toLocaleString('en-US')
}

export function dollars(value: number, digits: number): string {
  return `$${value.toFixed(digits)}`
}

const units: Record<string, string> = { s: 'second', m: 'minute', h: 'hour', d: 'day' }

/** `30d` is `30 days`. */
export function sinceInWords(duration: string): string {
  const match = /^(\d+)([smhd])$/.exec(duration)
  return match ? count(Number(match[1]), units[match[2] as string] as string) : duration
}

/** By which of their times sessions were chosen. */
export function spanInWords(
  { from, until }: { from?: string | undefined; until?: string | undefined },
  inert: Inert,
): string[] | null {
  const since = from === undefined ? [] : [`ended or last changed since ${inert(localMoment(from))}`]
  const before = until === undefined ? [] : [`begun before ${inert(localMoment(until))}`]
  const both = [...since, ...before]
  return both.length === 0 ? null : [`📅 Those ${both.join(', ')}`]
}
