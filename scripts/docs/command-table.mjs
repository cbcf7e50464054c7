/** The tables of the skills: what is typed, which tool it comes to, and with which arguments. */
import { code, fieldsOf, table } from './schema.mjs'

const ofRetries = ['record_human_retry', 'list_retries', 'restore_retry']

/** @returns {{ session: string, retry: string }} the tables for each skill */
export function commandTables(definitions) {
  const { operations } = definitions
  const rows = (chosen) => chosen.map((operation) => rowOf(operation, definitions))
  const typed = operations.filter(({ chat }) => chat.startsWith('/'))
  const called = operations.filter(({ chat, group }) => !chat.startsWith('/') && group !== 'records')
  const retries = operations.filter(({ name }) => ofRetries.includes(name))
  return {
    session: [
      table(['typed', 'tool', 'arguments'], rows(typed)),
      'Tools that you call by yourself; nobody types them:',
      table(
        ['tool', 'arguments', 'what it does'],
        called.map((operation) => [
          code(operation.name),
          argumentsOf(operation, definitions),
          operation.summary,
        ]),
      ),
    ].join('\n\n'),
    retry: table(['typed', 'tool', 'arguments'], rows(retries)),
  }
}

function rowOf(operation, definitions) {
  const { name, chat } = operation
  return [
    chat.startsWith('/') ? code(spelled(operation, definitions)) : '',
    code(name),
    argumentsOf(operation, definitions),
  ]
}

/** The command with its options, each once. */
function spelled(operation, { grammarOf }) {
  const { flags } = grammarOf(operation)
  const options = flags
    .filter(({ splits }) => !splits)
    .map(({ spelling, label, kind }) => {
      const option = label === undefined ? spelling : `${spelling} ${label}`
      return kind === 'list' ? `[${option}]…` : `[${option}]`
    })
  return [operation.chat, ...options].join(' ')
}

/** `name`, `force`=false; the ones without a default that can be left out have a question mark. */
function argumentsOf(operation, { toJSONSchema }) {
  const fields = fieldsOf(toJSONSchema(operation.input, { io: 'input', unrepresentable: 'any' }))
  if (fields.length === 0) return 'none'
  return fields
    .map(({ path, required, preset }) => {
      if (required) return code(path)
      return preset === undefined ? `${code(path)}?` : code(`${path}=${JSON.stringify(preset)}`)
    })
    .join(', ')
}
