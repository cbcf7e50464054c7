/** Why a server does not serve, and what a person can look at. */
import { shownAddress } from './secrets.js'
import type { Server } from './server.js'

/** How far it came. */
export type Stage = 'config' | 'start' | 'reach' | 'handshake' | 'tools' | 'call'

export class ServerTrouble extends Error {
  override readonly name = 'ServerTrouble'
  readonly stage: Stage
  /** What it said on standard error, its last lines. */
  readonly output: string[]
  /** Milliseconds until it was there; null where it never was. */
  readonly thereAfter: number | null
  /** Whether an answer did not come in time. */
  readonly isLate: boolean
  /** Whether it wants somebody to log in. */
  readonly wantsLogin: boolean

  constructor(
    stage: Stage,
    message: string,
    about: { output?: string[]; thereAfter?: number | null; isLate?: boolean; wantsLogin?: boolean } = {},
  ) {
    super(message)
    this.stage = stage
    this.output = about.output ?? []
    this.thereAfter = about.thereAfter ?? null
    this.isLate = about.isLate ?? false
    this.wantsLogin = about.wantsLogin ?? false
  }
}

/** What to do, the likeliest first. */
export function troubleshooting(
  server: Server,
  { stage, output, isLate, wantsLogin }: ServerTrouble,
): string[] {
  const { launch } = server
  const config = `Check server configuration: ${server.at} in ${server.file}`
  if (launch.transport === 'unknown') return [config]
  if (launch.transport !== 'stdio') {
    const address = inShell(shownAddress(launch.url))
    const first = wantsLogin
      ? 'Log in with the client that uses it, or give it a header that lets one in'
      : `Verify that it answers: curl -i ${address}`
    return [first, config, 'Review server logs, where it runs']
  }
  if (stage === 'start') {
    return [
      `Verify the command exists: which ${inShell(launch.command)}`,
      `Verify the folder exists that it starts in: ls -d ${inShell(launch.cwd)}`,
      config,
    ]
  }
  return [
    output.length > 0
      ? 'Review what the server said, above'
      : 'Review server logs, if it keeps any: it said nothing here',
    config,
    ...(isLate ? ['Give it more time, if it is slow: --timeout 2m'] : []),
  ]
}

/** A word as a shell takes it. */
export function inShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
