/** Only the options that have a value: for the library, an option that is undefined is not the same as one left out. */
export function given<Options extends object>(
  options: Options,
): { [Key in keyof Options]?: Exclude<Options[Key], undefined> } {
  const present = Object.entries(options).filter(([, value]) => value !== undefined)
  return Object.fromEntries(present) as { [Key in keyof Options]?: Exclude<Options[Key], undefined> }
}
