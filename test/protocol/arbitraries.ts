/** Random texts for rules that must stand anything. */
import fc from 'fast-check'

const anyCharacter = fc
  .oneof(fc.nat(0x10ffff), fc.nat(0x7f), fc.nat(0x2fff))
  .map((point) => String.fromCodePoint(point))

/** Any text, control characters, format characters and lone surrogates included. */
export const anyText = (maxLength = 60) => fc.string({ unit: anyCharacter, maxLength })
