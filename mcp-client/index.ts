/** Looking at MCP servers that the settings of clients name: listing and testing them, and calling their tools. */
export type { GivenArguments } from './arguments.js'
export { callTool } from './call-tool.js'
export { listServers } from './list-servers.js'
export { listTools } from './list-tools.js'
export { type Outcome, type Refusal, Refused } from './outcome.js'
export { examine, type Report } from './report.js'
export type { Limits, Server } from './server.js'
export { testServer } from './test-server.js'
