/** The clients that can be set up, in the order in which they are shown. */
export const clientNames = [
  'claude-code',
  'codex',
  'gemini',
  'opencode',
  'copilot',
  'cursor',
  'vscode',
] as const

export type ClientName = (typeof clientNames)[number]
