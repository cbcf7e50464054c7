/** Tells sessions apart that bore one name. */
export function keyOf(name: string, createdAt: string): string {
  return `${name} ${createdAt}`
}
