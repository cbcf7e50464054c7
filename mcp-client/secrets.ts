import type { Server } from './server.js'

const hidden = '•••'

/** The shortest value that is taken for a secret: `1` and `true` stand in every other line. */
const shortest = 5

/**
 * Takes out of what a server, or an error about it, says whatever the settings gave it: the values of its environment,
 * its headers, and what an address holds besides host and path. A server tells them readily when it breaks.
 */
export function withoutSecretsOf({ launch }: Server): (text: string) => string {
  const secrets = secretsOf(launch)
    .flatMap((value) => [value, encodeURIComponent(value), ...value.split(/\s+/)])
    .filter((value) => value.length >= shortest)
    // The longest first: one may be part of another.
    .sort((a, b) => b.length - a.length)
  return (text) => secrets.reduce((shown, secret) => shown.replaceAll(secret, hidden), text)
}

function secretsOf(launch: Server['launch']): string[] {
  if (launch.transport === 'unknown') return []
  if (launch.transport === 'stdio') return [...Object.values(launch.env), ...secretArguments(launch.args)]
  const { username, password, search, searchParams, hash } = new URL(launch.url)
  return [...Object.values(launch.headers), username, password, search, ...searchParams.values(), hash]
}

/** What follows a word such as `--api-key`, or stands in it after `=`. */
function secretArguments(args: readonly string[]): string[] {
  const names = /(key|token|secret|password|passwd|auth|credential)s?$/i
  return args.flatMap((word, at) => {
    const [, name = '', value = ''] = /^-{0,2}([^=]*)=(.*)$/s.exec(word) ?? []
    const before = args[at - 1] ?? ''
    return [...(names.test(name) ? [value] : []), ...(/^-/.test(before) && names.test(before) ? [word] : [])]
  })
}

/** An address without what may be secret in it. */
export function shownAddress(url: string): string {
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}
