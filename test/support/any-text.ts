import * as fc from 'fast-check'

/** One code point of all that there are. fast-check's own choice of them takes more than a second to be made. */
const character = fc
  .integer({ min: 0, max: 0x10_ffff - 0x800 })
  .map((at) => String.fromCodePoint(at < 0xd800 ? at : at + 0x800))

/** Text of any characters, also such as nobody types; no half of a surrogate pair. */
export function anyText(limits: { maxLength?: number } = {}): fc.Arbitrary<string> {
  return fc.string({ unit: character, ...limits })
}
