/** Which names of files can mean one file: the table of the rule, and that no overlap is ever missed. */
import fc from 'fast-check'
import picomatch from 'picomatch/posix'
import { describe, expect, test } from 'vitest'
import { escapeGlob, isGlob, literalOf, splitGlob } from '../../src/protocol/globs.ts'
import { compileGlob, covers, globsMeet, overlap, overlapped } from '../../src/protocol/overlap.ts'
import { codeOf } from '../store/helpers.ts'

const isReadable = (glob: string) => {
  try {
    return compileGlob(glob).length > 0
  } catch {
    return false
  }
}

describe('a glob and a path', () => {
  test.each([
    ['src/auth/**', 'src/auth/login.ts', true],
    ['src/auth/**', 'src/auth/deep/er/x', true],
    ['src/auth/**', 'src/auth', true],
    ['src/auth/**', 'src/author.ts', false],
    ['src/auth/**', 'src/auth/.env', true],
    ['**', '.github/workflows/ci.yml', true],
    ['**/*.test.ts', 'a.test.ts', true],
    ['**/*.test.ts', 'x/y/.hidden.test.ts', true],
    ['*.ts', 'src/a.ts', false],
    ['src/*', 'src/a/b', false],
    ['src/**/x.ts', 'src/x.ts', true],
    ['src/?.ts', 'src/a.ts', true],
    ['src/?.ts', 'src/ab.ts', false],
    ['src/[a-c].ts', 'src/b.ts', true],
    ['src/[!a-c].ts', 'src/b.ts', false],
    ['src/[ab].ts', 'src/[ab].ts', false],
    ['src/{a,b}/x.ts', 'src/b/x.ts', true],
    ['src/{a/b,c}.ts', 'src/a/b.ts', true],
    ['src/{a,}b.ts', 'src/b.ts', true],
    ['src/{a,b{c,d}}.ts', 'src/bd.ts', true],
    ['src/@(a|b).ts', 'src/a.ts', true],
    ['src/?(a)b.ts', 'src/b.ts', true],
    ['src/!(a).ts', 'src/a.ts', false],
    ['src/!(a).ts', 'src/b.ts', true],
    ['src/+(ab).ts', 'src/abab.ts', true],
    ['src/a**b.ts', 'src/axb.ts', true],
    ['src/a**b.ts', 'src/a/b.ts', false],
    ['SRC/*.TS', 'src/a.ts', true],
    ['src/*.ts', 'SRC/A.TS', true],
    ['app/(group)/*', 'app/(group)/page.tsx', true],
    ['app/(group)/*', 'app/group/page.tsx', false],
    ['a|b/*', 'a|b/x', true],
    ['a|b/*', 'a', false],
    ['a+b/*', 'a+b/x', true],
    ['a+b/*', 'aab/x', false],
    ['[ab]+/*', 'a+/x', true],
    ['!x/*', '!x/y', true],
    ['!x/*', 'z', false],
    ['a$b^/"*\'', 'a$b^/"c\'', true],
    ['app/\\[id\\]/*.tsx', 'app/[id]/page.tsx', true],
    ['app/\\[id\\]/*.tsx', 'app/i/page.tsx', false],
    ['\\d/*', 'd/x', true],
    ['\\d/*', '7/x', false],
    ['[\\d]/*', 'd/x', true],
    ['[\\d]/*', '7/x', false],
    ['[a\\-z]/*', 'm/x', false],
    ['[]]/*', ']/x', true],
    ['x[y/*', 'x[y/z', true],
    ['x{y/*', 'x{y/z', true],
    ['straße/*', 'STRASSE/a', true],
    ['??/*', 'ß/a', true],
    ['/tmp/x/**', '/tmp/x/y', true],
    ['**', '/tmp/x/y', false],
    ['*a*a*a*a*a*b', `${'a'.repeat(200)}`, false],
    ['*a*a*a*a*a*b', `${'a'.repeat(200)}b`, true],
    ['**/a/**/a/**/a/**/a/**/b', `${'a/'.repeat(200)}b`, true],
    ['cafe\u0301/*', 'CAFÉ/x', true],
    ['+(a).ts', `${'a'.repeat(200)}.js.ts`, false],
    ['!(a|b).ts', 'b.ts', false],
  ])('%s covers %s: %s', (glob, path, expected) => {
    expect(covers(glob, path)).toBe(expected)
  })

  test.each([
    'src/[z-a].ts',
    'src/{1..3}.ts',
    'src/[[:alpha:]]/x',
    'src/[+-9]x',
    'src/!(a/b)/x',
    `${'{a,b}'.repeat(9)}/*`,
    'a*!(b)*c*d',
    '+([a-z]|[a-z]|[a-z]).ts',
    '*({a,a}a|a).ts',
    '+(a|b)',
    '+(a*).ts',
    '*(+(a))b',
    '!(*a*a*a*a*a*b)',
  ])('what can not be told exactly is refused: %s', (glob) => {
    expect(codeOf(() => compileGlob(glob))).toBe('invalid')
  })
})

describe('two globs', () => {
  test.each([
    ['src/**', 'src/auth/**', true],
    ['src/**', 'test/**', false],
    ['src/a/**', 'src/b/**', false],
    ['**/*.ts', 'src/**', true],
    ['**/*.ts', 'src/*.md', false],
    ['*.ts', '*.js', false],
    ['a*', '*b', true],
    ['a*c', 'ab', false],
    ['a*c', 'ab*', true],
    ['src/*/x.ts', 'src/a/*.ts', true],
    ['src/*/x.ts', 'src/*.ts', false],
    ['src/**/x.ts', 'src/x.*', true],
    ['src/{a,b}/**', 'src/{c,d}/**', false],
    ['src/{a,b}/**', 'src/{b,c}/**', true],
    ['src/[a-c].ts', 'src/d*', false],
    ['src/[a-c].ts', 'src/b*', true],
    ['src/?.ts', 'src/??.ts', false],
    ['**/a/**', '**/b/**', true],
    ['a/**/c', 'a/b/*', true],
    ['a/**/c', 'b/**/c', false],
    ['Src/**', 'sRC/*.ts', true],
    ['**', 'x/*', true],
    ['src/**', 'src/\\[id\\]/*', true],
    ['src/[id]/*', 'src/\\[id\\]/*', false],
    ['??/*', 'ß/*', true],
    ['/tmp/**', '/tmp/x/*', true],
    ['**', '/tmp/*', false],
    ['src/!(test)/**', 'docs/**', false],
    ['src/!(test)/**', 'src/test/*', true],
  ])('%s and %s: %s, either way round', (a, b, expected) => {
    expect([globsMeet(a, b), globsMeet(b, a)]).toEqual([expected, expected])
  })

  const word = fc.constantFrom('a', 'b', 'ab', '.a', 'A', 'a-b', '[a]', '(a)', 'ß')
  const path = fc.array(word, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))
  const piece = fc.constantFrom(
    ...['a', 'b', '.', 'A', '*', '**', '?', '[ab]', '[!a]', '[a-b]', '{a,b}', '{a,}', '{a/b,b}', '@(a|ab)'],
    ...['!(a)', '+(a)', '*(ab)', '?(b)', '\\[', '\\(a\\)', '(a)', '-', 'ß', 'ss'],
  )
  const part = fc.array(piece, { minLength: 1, maxLength: 3 }).map((pieces) => pieces.join(''))
  const glob = fc
    .array(fc.oneof(part, fc.constant('**')), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join('/'))
    .filter((text) => !/^[./]+$/.test(text) && isReadable(text))

  test('a path that both cover is never missed', () => {
    fc.assert(
      fc.property(glob, glob, fc.array(path, { minLength: 1, maxLength: 20 }), (a, b, paths) => {
        const both = paths.find((each) => covers(a, each) && covers(b, each))
        if (both !== undefined) expect([both, globsMeet(a, b)]).toEqual([both, true])
      }),
      { numRuns: 20_000 },
    )
  })

  const plainPart = fc
    .array(fc.constantFrom('a', 'b', '.', '*', '?', '{a,b}', '[a-b]'), { minLength: 1, maxLength: 3 })
    .map((pieces) => pieces.join('').replace(/\*+/g, '*'))
    .filter((text) => !/^\.+$/.test(text))
  const plainGlob = fc
    .array(fc.oneof(plainPart, fc.constant('**')), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join('/'))

  const plainPath = path.map((text) => text.replaceAll('ß', 'b'))

  test('plain globs cover what picomatch says, and globs that meet by it are told', () => {
    fc.assert(
      fc.property(
        plainGlob,
        plainGlob,
        fc.array(plainPath, { minLength: 1, maxLength: 20 }),
        (a, b, paths) => {
          const [isA, isB] = [a, b].map((each) => picomatch.makeRe(each, { dot: true, nocase: true }))
          const few = a.replaceAll('**', '*').split('*').length <= 4
          for (const each of paths) {
            const expected = isA!.test(each)
            // Beyond three runs the walk decides, for which `x*/**` covers `x` as well.
            if (few || expected) expect([each, covers(a, each)]).toEqual([each, expected])
          }
          if (paths.some((each) => isA!.test(each) && isB!.test(each))) expect(globsMeet(a, b)).toBe(true)
        },
      ),
      { numRuns: 10_000 },
    )
  })
})

describe('resources', () => {
  const literal = (resource_name: string) => ({ resource_type: 'file', resource_name })
  const globbed = (resource_name: string) => ({ ...literal(resource_name), glob: true })

  test('two paths are one only by name, however much they look like globs', () => {
    expect(overlap(literal('src/A.ts'), literal('src/a.ts'))).toBe(true)
    expect(overlap(literal('src/*'), literal('src/a.ts'))).toBe(false)
  })

  test('a glob that would take years to tell is not tried, and overlaps everything', () => {
    const userController = 'src/userauthenticationcontrollerofeverything.test.ts'
    expect(overlap(globbed('src/+([a-z]|[a-z]|[a-z]).ts'), literal(userController))).toBe(true)
  })

  test('a glob that can not be read, in a record of somebody else, overlaps everything', () => {
    expect(overlap(globbed('src/[z-a]'), literal('docs/x'))).toBe(true)
  })

  test('only claims of files are told as overlapped', () => {
    const lease = (resource_type: string, resource_name: string) =>
      ({ resource_type, resource_name }) as never
    expect(overlapped([lease('file', 'src/a'), lease('droplet', 'src/a')], [globbed('src/*')])).toEqual([
      { resource_type: 'file', resource_name: 'src/a' },
    ])
  })
})

describe('the form of a name', () => {
  test.each([
    ['src/a.ts', false],
    ['src/*.ts', true],
    ['a?', true],
    ['app/[id]/page.tsx', true],
    ['app/[id/page.tsx', false],
    ['app/(group)/@modal/page.tsx', false],
    ['a{b}', false],
    ['a{b,c}', true],
    ['+page.svelte', false],
    ['app/\\[id\\]/page.tsx', false],
  ])('%s is a glob: %s', (name, expected) => {
    expect(isGlob(name)).toBe(expected)
  })

  test.each(['a*b', 'a[1]/x', 'a{b,c}', 'a\\b?', '@(x)', 'plain/path.ts', '(group)/!x'])(
    '%s escaped is no glob, and means itself',
    (path) => {
      expect(isGlob(escapeGlob(path))).toBe(false)
      expect(literalOf(escapeGlob(path))).toBe(path)
    },
  )

  test.each([
    ['src/auth/**', 'src/auth', '**'],
    ['**/*.ts', '', '**/*.ts'],
    ['a/{b/c,d}/e', 'a', '{b/c,d}/e'],
    ['app/\\[id\\]/*', 'app/[id]', '*'],
    ['../x/*', '../x', '*'],
  ])('%s has the base %s and the rest %s', (glob, base, rest) => {
    expect(splitGlob(glob)).toEqual({ base, rest })
  })
})
