/** Moments as a person's own clock shows them. Programs get them as they are kept: ISO dates, in UTC. */

/** `2026-01-16`, in the machine's time zone. */
export function localDay(at: string): string {
  return inLocalTime(at).slice(0, 10)
}

/** `2026-01-16 09:15:23`, in the machine's time zone. */
export function localMoment(at: string): string {
  return inLocalTime(at)
}

/** `Europe/Berlin`: whose days and hours these are. */
export function localZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone
}

/** What is no moment stays as far as it was written. */
function inLocalTime(at: string): string {
  const time = new Date(at)
  if (Number.isNaN(time.getTime())) return at.slice(0, 19).replace('T', ' ')
  const two = (number: number): string => String(number).padStart(2, '0')
  const day = `${String(time.getFullYear()).padStart(4, '0')}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
}
