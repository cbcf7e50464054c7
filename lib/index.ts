/** cowrite: copy-on-write sessions for folders that people and AI agents write in together. */
export type * from './api.js'
export type * from './between-api.js'
export type * from './bypass-api.js'
export type * from './doctor-api.js'
export {
  type Conflict,
  CowriteError,
  type ErrorCode,
  type ErrorData,
  exitStatus,
  isCowriteError,
} from './errors.js'
export type * from './records-api.js'
export type * from './run-api.js'
export { Session } from './session.js'
export type { SessionFs } from './session-fs/session-fs.js'
export { findViewAround, findWorkspace } from './workspace/find-workspace.js'
export { openWorkspace, Workspace, type WorkspaceOptions } from './workspace.js'
