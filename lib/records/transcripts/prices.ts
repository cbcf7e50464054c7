/** What models cost, as their makers list it; what is not here is not known, and is not guessed. */
import type { Tokens, Usage } from './transcript.js'

/** In US dollars for a million tokens. */
export interface Price {
  input: number
  output: number
  cached: number
  /** For what is written into the provider's cache; as for input where nothing is said. */
  written?: number | undefined
  written_for_long?: number | undefined
  /** How long a prompt may be, in tokens: for longer ones there is another price, which is not known here. */
  up_to?: number | undefined
}

/** When the list was last held against what the makers say. A config's `prices` goes before it. */
export const pricesAsOf = '2026-06-30'

const anthropic = (input: number, output: number, upTo?: number): Price => ({
  ...{ input, output, cached: input * 0.1, written: input * 1.25, written_for_long: input * 2 },
  ...(upTo === undefined ? {} : { up_to: upTo }),
})
const others = (input: number, cached: number, output: number, upTo?: number): Price => ({
  ...{ input, output, cached },
  ...(upTo === undefined ? {} : { up_to: upTo }),
})

export const listPrices: Readonly<Record<string, Price>> = {
  'claude-opus-4-8': anthropic(5, 25),
  'claude-opus-4-7': anthropic(5, 25),
  'claude-opus-4-6': anthropic(5, 25),
  'claude-opus-4-5': anthropic(5, 25),
  'claude-opus-4-1': anthropic(15, 75),
  'claude-opus-4': anthropic(15, 75),
  'claude-sonnet-4-6': anthropic(3, 15),
  'claude-sonnet-4-5': anthropic(3, 15, 200_000),
  'claude-sonnet-4': anthropic(3, 15, 200_000),
  'claude-haiku-4-5': anthropic(1, 5),
  'claude-3-7-sonnet': anthropic(3, 15),
  'claude-3-5-sonnet': anthropic(3, 15),
  'claude-3-5-haiku': anthropic(0.8, 4),
  'gpt-5': others(1.25, 0.125, 10),
  'gpt-5-codex': others(1.25, 0.125, 10),
  'gpt-5-mini': others(0.25, 0.025, 2),
  'gpt-5.1': others(1.25, 0.125, 10),
  'gpt-5.1-codex': others(1.25, 0.125, 10),
  'gpt-5.1-codex-max': others(1.25, 0.125, 10),
  'gpt-5.1-codex-mini': others(0.25, 0.025, 2),
  'gpt-5.2': others(1.75, 0.175, 14),
  'gpt-5.2-codex': others(1.75, 0.175, 14),
  'gpt-5.3-codex': others(1.75, 0.175, 14),
  'gpt-5.4': others(2.5, 0.25, 15, 272_000),
  'gpt-5.4-mini': others(0.75, 0.075, 4.5, 272_000),
  'gemini-2.5-pro': others(1.25, 0.125, 10, 200_000),
  'gemini-2.5-flash': others(0.3, 0.03, 2.5),
  'gemini-2.5-flash-lite': others(0.1, 0.01, 0.4),
  'gemini-3-pro-preview': others(2, 0.2, 12, 200_000),
}

export type Prices = ReadonlyMap<string, Price>

/** The list, with what the config says in its place. */
export function pricesWith(own: Readonly<Record<string, Price>> = {}): Prices {
  return new Map([...Object.entries(listPrices), ...Object.entries(own)])
}

/** In US dollars; null where it is not known. What was not used costs nothing, whoever made it. */
export function costOf(usage: Usage, prices: Prices): number | null {
  const { fresh, cached, written, writtenForLong, output } = usage
  if (fresh + cached + written + writtenForLong + output === 0) return 0
  const price = priceOf(usage.model, prices)
  if (price === null || fresh + cached + written + writtenForLong > (price.up_to ?? Infinity)) return null
  const forWriting = price.written ?? price.input
  const millionths =
    fresh * price.input +
    cached * price.cached +
    written * forWriting +
    writtenForLong * (price.written_for_long ?? forWriting) +
    output * price.output
  return millionths / 1_000_000
}

function priceOf(model: string | null, prices: Prices): Price | null {
  if (model === null) return null
  return prices.get(model) ?? prices.get(plainName(model)) ?? null
}

/** Without who serves it and which day's version it is. */
function plainName(model: string): string {
  return model
    .toLowerCase()
    .replace(/^(?:[a-z]{2,6}\.)?(?:anthropic|openai|google|models)[./]/, '')
    .replace(/\[[^\]]*\]$/, '')
    .replace(/-v\d+:\d+$/, '')
    .replace(/[-@](?:20\d{6}|20\d\d-\d\d-\d\d|latest)$/, '')
}

export function tokensOf(usage: readonly Usage[]): Tokens | null {
  if (usage.length === 0) return null
  const tokens = { input: 0, output: 0, cached: 0 }
  for (const { fresh, cached, written, writtenForLong, output } of usage) {
    tokens.input += fresh + cached + written + writtenForLong
    tokens.cached += cached
    tokens.output += output
  }
  return tokens
}
