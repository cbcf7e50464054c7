import { InvalidArgumentError } from 'commander'

/** What an option takes that says how long to wait. */
export function secondsOf(typed: string): number {
  if (/^\d{1,6}(\.\d+)?$/.test(typed)) return Number(typed)
  throw new InvalidArgumentError('It takes a number of seconds.')
}
