import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeName, domainOf, encodeName } from '../../src/protocol/names.ts'
import { sha256 } from './samples.ts'

const text = fc.string({ unit: 'binary', maxLength: 200 }).filter((value) => value !== '')
const encode = (name: string) => encodeName(name, sha256)

describe('encoded names', () => {
  test.each([
    ['church-guidance', 'church-guidance'],
    ['src/a.ts', 'src%2Fa.ts'],
    ['a b', 'a%20b'],
    ['100%', '100%25'],
    ['~x', '%7Ex'],
    ['é', '%C3%A9'],
    ['🙂', '%F0%9F%99%82'],
    ['..', '..'],
  ])('%j is written as %j', (name, encoded) => {
    expect(encode(name)).toBe(encoded)
    expect(decodeName(encoded)).toBe(name)
  })

  test('150 encoded bytes stay whole, one more is cut and closed with 16 hex digits of the hash', () => {
    const whole = 'a'.repeat(150)
    expect(encode(whole)).toBe(whole)
    const longer = `${whole}b`
    expect(encode(longer)).toBe(`${whole}~${sha256(longer).slice(0, 16)}`)
    const accents = 'é'.repeat(26)
    expect(encode(accents)).toBe(`${'%C3%A9'.repeat(25)}~${sha256(accents).slice(0, 16)}`)
  })

  test('a cut or broken encoding has no name behind it', () => {
    expect(decodeName(encode('x'.repeat(200)))).toBeNull()
    expect(decodeName('%')).toBeNull()
    expect(decodeName('%FF')).toBeNull()
  })

  test('two names never meet in one encoding', () => {
    fc.assert(
      fc.property(text, text, (one, other) => one === other || encode(one) !== encode(other)),
      { numRuns: 300 },
    )
    const close = fc.string({
      unit: fc.constantFrom('a', 'A', '%', '2', 'F', '/', '~', 'é'),
      minLength: 1,
      maxLength: 6,
    })
    fc.assert(
      fc.property(close, close, (one, other) => one === other || encode(one) !== encode(other)),
      { numRuns: 1000 },
    )
  })

  test('every encoding is a file name of every system, at most 167 characters long', () => {
    const long = fc.string({ unit: 'binary', minLength: 1, maxLength: 1024 })
    fc.assert(
      fc.property(fc.oneof(text, long), (name) => {
        expect(encode(name)).toMatch(/^[A-Za-z0-9._%~-]{1,167}$/)
      }),
      { numRuns: 300 },
    )
  })

  test('an encoding that was not cut gives the name back', () => {
    fc.assert(fc.property(text, (name) => encode(name).includes('~') || decodeName(encode(name)) === name))
  })

  test.each([
    ['file', 'src/a.ts', 'file'],
    ['file', 'README.md', 'file'],
    ['droplet', 'Church', 'droplet-church'],
    ['files', 'a', 'files-a'],
  ])('the domain of %s/%s is %s', (type, name, domain) => {
    expect(domainOf(type, name, sha256)).toBe(domain)
  })

  test('spellings of one long name share a domain', () => {
    const name = 'Straße/'.repeat(40)
    expect(domainOf('droplet', name, sha256)).toBe(domainOf('droplet', name.toUpperCase(), sha256))
  })
})
