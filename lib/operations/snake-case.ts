/** Keys whose values are kept as they are: their keys are data, such as the names of folders. */
const exact: readonly string[] = ['paths']

type SnakeKey<Key extends string> = Key extends `${infer First}${infer Rest}`
  ? First extends Uppercase<First>
    ? First extends Lowercase<First>
      ? `${First}${SnakeKey<Rest>}`
      : `_${Lowercase<First>}${SnakeKey<Rest>}`
    : `${First}${SnakeKey<Rest>}`
  : Key

export type SnakeCased<Value> = Value extends readonly (infer Item)[]
  ? SnakeCased<Item>[]
  : Value extends object
    ? {
        [Key in keyof Value as Key extends string ? SnakeKey<Key> : never]: Key extends 'paths'
          ? Value[Key]
          : SnakeCased<Value[Key]>
      }
    : Value

/** A result of the library as operations answer it: its keys, at any depth, from camelCase to snake_case. */
export function snakeCased<Value>(value: Value): SnakeCased<Value> {
  return convert(value) as SnakeCased<Value>
}

function convert(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(convert)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => [
        key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        exact.includes(key) ? inner : convert(inner),
      ]),
  )
}
