/** When each code comes, for the reference. A code that is missing here stops the generator. */
export const whenInWords = {
  INVALID_INPUT: 'An argument, a name or a pattern is not as it must be',
  CANCELLED: 'A person said no, did not answer, or could not be asked; nothing changed',
  PATH_ESCAPE: 'The path leads out of the workspace',
  PATH_PROTECTED: 'The path is the state folder, `.git`, or one that the config protects',
  WRONG_KIND: 'It is a folder where a file is needed, or the other way round, or no text',
  ALREADY_EXISTS: 'There is a file or a session of that name',
  UNSUPPORTED: 'What was asked for cannot be done here',
  CONFLICT: 'The live files changed too, or something changed since a preview or a read; nothing was written',
  WORKSPACE_UNAVAILABLE: 'The folder is not there, not readable, or of a newer format',
  SESSION_CRASHED: 'The session is not provably whole: recover it first, cancel it second',
  LOCKED: 'Another process is at work there, or the session is being closed',
  NOT_FOUND: 'There is no such file, commit or retry',
  SESSION_NOT_FOUND: 'There is no open session of that name',
  NO_ACTIVE_SESSION: 'No session was named, and none is active',
  SERVER_FAILED: 'An MCP server that was started does not answer as it should',
  CANNOT_WRITE: 'The disk is full or read-only, or the place may not be written',
  TOOL_FAILED: 'An MCP tool that was called answered with an error',
  CORRUPT: 'A file of the state folder is damaged',
  IO: 'The system reports an error that has no code of its own',
}

/** Every code with its exit status, its kind and when it comes. Throws where one has no words. */
export function errorRows({ exitStatus, kindOfFailure }) {
  return Object.entries(exitStatus).map(([name, status]) => {
    if (whenInWords[name] === undefined) throw new Error(`scripts/docs/errors.mjs lacks ${name}.`)
    return [`\`${name}\``, status, kindOfFailure(name), whenInWords[name]]
  })
}
