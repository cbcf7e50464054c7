/** What `config.json` may say. */
import * as z from 'zod'
import { formatVersion } from './layout.js'

/**
 * The descriptions are what the reference says of each option. Made when it is first asked for: most workspaces have
 * nothing in their config, and to make it takes a tenth of the time that a command takes to start.
 */
export function configSchema(): ConfigSchema {
  made ??= makeSchema()
  return made
}

let made: ConfigSchema | undefined

type ConfigSchema = ReturnType<typeof makeSchema>

export type Config = z.output<ConfigSchema>

export type Template = Config['templates'][string]

/** What the schema makes of a config that says nothing. */
export function defaultConfig(): Config {
  return {
    cowrite: formatVersion,
    folders: ['context', 'acts'],
    protected: [],
    read_only: [],
    ignore: null,
    sensitive: [],
    confirm: 'force',
    chats: { start_session: false, end_stale: null },
    templates: {},
    history: { max_commits: 100, max_bytes: 2 * 1024 ** 3 },
    agent_command: ['claude', '-p', '--output-format', 'stream-json', '--verbose'],
    prices: {},
  }
}

function makeSchema() {
  const patterns = z.array(z.string().min(1).max(1000)).max(1000)

  const dollars = z.number().min(0).max(1_000_000)

  const template = z.strictObject({
    description: z.string().max(2_000).default('').describe('What a session is about that is given no words'),
    folders: z.array(z.string().min(1).max(1_000)).max(100).default([]).describe('Folders to make'),
    files: z
      .record(
        z.string().min(1).max(1_000),
        z.union([z.string(), z.strictObject({ source: z.string().min(1) })]),
      )
      .default({})
      .describe(
        'Files to begin with, where the workspace has none: their text, or another file of the workspace',
      ),
    allowed_paths: patterns
      .default([])
      .describe('Paths that the session may write; all, where none is named'),
    read_only_paths: patterns.default([]).describe('Paths that it may not write'),
    allowed_tools: z.array(z.string().min(1)).max(100).default([]).describe('Tools for files that it allows'),
    retries: z
      .strictObject({
        auto_detect: z.boolean().default(true).describe('Whether feedback in plain words is taken for one'),
      })
      .default({ auto_detect: true }),
  })

  return z.strictObject({
    cowrite: z.number().int().describe('The version of the format on disk; also what marks a state folder'),
    folders: z
      .array(z.string().min(1))
      .max(100)
      .default(['context', 'acts'])
      .describe('Folders that a new session gets, where the workspace has them'),
    protected: patterns.default([]).describe('Paths that no session may touch'),
    read_only: patterns.default([]).describe('Paths that no session may write'),
    ignore: patterns
      .nullable()
      .default(null)
      .describe('Paths that stay in the session unless they are asked for; null: what .gitignore says'),
    sensitive: patterns.default([]).describe('Further paths to point out before a commit'),
    confirm: z
      .enum(['force', 'person'])
      .default('force')
      .describe("What a commit needs: force alone, or a person's word as well"),
    chats: z
      .strictObject({
        start_session: z
          .boolean()
          .default(false)
          .describe('Whether a chat that has no session is given one when it begins'),
        end_stale: z
          .string()
          .regex(/^[1-9]\d*[smhd]$/)
          .nullable()
          .default(null)
          .describe('Sessions without a write for so long, such as 24h, are deactivated when a chat begins'),
      })
      .default({ start_session: false, end_stale: null }),
    templates: z
      .record(z.string().regex(/^[A-Za-z0-9_-]{1,64}$/), template)
      .default({})
      .describe('What sessions can begin with, by name: `session start NAME --template T`'),
    history: z
      .strictObject({
        max_commits: z.number().int().min(1).default(100).describe('How many commits can be undone'),
        max_bytes: z
          .number()
          .int()
          .min(0)
          .default(2 * 1024 ** 3)
          .describe('How much of them is kept, in bytes; the newest always is'),
      })
      .default({ max_commits: 100, max_bytes: 2 * 1024 ** 3 }),
    agent_command: z
      .array(z.string().min(1).max(10_000))
      .min(1)
      .max(100)
      .default(['claude', '-p', '--output-format', 'stream-json', '--verbose'])
      .describe('The command that session query gives a message to, as its last argument'),
    prices: z
      .record(
        z.string().min(1).max(200),
        z.strictObject({
          input: dollars,
          output: dollars,
          cached: dollars,
          written: dollars.optional(),
          written_for_long: dollars.optional(),
          up_to: z.number().int().min(1).optional(),
        }),
      )
      .default({})
      .describe('What models cost, in US dollars for a million tokens, before the list that cowrite has'),
  })
}
