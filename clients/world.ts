/** What a set-up depends on of the machine and of the folder; everything is handed in, so that a test can make one. */
export interface World {
  /** The workspace, as an absolute path. */
  project: string
  /** The person's own folder; null where none is named. */
  home: string | null
  env: Record<string, string | undefined>
  platform: NodeJS.Platform
  /** The Node that runs this program, as an absolute path. */
  node: string
  /** The program itself, `…/dist/cli/main.js`, without links on the way. */
  program: string
}
