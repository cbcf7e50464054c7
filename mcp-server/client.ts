/** What records call a client: as people do, without what the MCP part of it adds to its name. */
export function clientInRecords(name: string | undefined): string {
  return (
    (name ?? '')
      .toLowerCase()
      .replace(/-mcp-client(-v\d+)?$/, '')
      .replace(/[^\w.@/-]+/g, '-')
      .slice(0, 64) || 'mcp'
  )
}
