/** What the list of tools costs a chat, measured on the list as the server sends it. */
import { table } from './schema.mjs'

const offers = [
  { option: '`session,files` (the default)', groups: ['session', 'files'] },
  { option: '`session`', groups: ['session'] },
]

export async function toolListSize(definitions) {
  const rows = await Promise.all(
    offers.map(async ({ option, groups }) => {
      const [plain, structured] = await Promise.all([
        listed(groups, 'text', definitions),
        listed(groups, 'both', definitions),
      ])
      return [option, plain.length, tokensOf(plain), tokensOf(structured)]
    }),
  )
  return table(['`--tools`', 'tools', 'tokens, without output schemas', 'tokens, with them'], rows)
}

async function listed(groups, results, { operations, toolMethods }) {
  const offered = operations.filter(({ group }) => groups.includes(group))
  const methods = toolMethods({ operations, offered, results, peer: { clientName: () => undefined } })
  return (await methods['tools/list']()).tools
}

/** Four characters of JSON are counted as a token. */
function tokensOf(value) {
  return Math.round(JSON.stringify(value).length / 4).toLocaleString('en-US')
}
