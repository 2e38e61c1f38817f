/** In which refs the claims of files stand: whatever can mean one file has one in common. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { areasOf } from '../../../src/protocol/areas.ts'
import { compileGlob, overlap } from '../../../src/protocol/overlap.ts'
import { shardsOf } from '../../../src/protocol/remote/slots.ts'

const path = (resource_name: string) => ({ resource_type: 'file', resource_name })
const glob = (resource_name: string) => ({ resource_type: 'file', resource_name, glob: true })
type File = ReturnType<typeof path> & { glob?: boolean }

describe('areas', () => {
  test.each<[File, string[] | null]>([
    [path('src/api/v1/x.ts'), ['src/api']],
    [path('SRC/Api/x.ts'), ['src/api']],
    [path('src/api'), ['src/api']],
    [path('README.md'), ['readme.md']],
    [path('/etc/ssh/config'), ['etc/ssh']],
    [path('src/[id]/x.ts'), ['src/[id]']],
    [path('src/a\\b/x.ts'), null],
    [path('src/a/b\\c'), ['src/a']],
    [glob('src/api/**'), ['src/api']],
    [glob('Src/API/*.ts'), ['src/api']],
    [glob('/etc/ssh/*'), ['etc/ssh']],
    [glob('src/./api//*.ts'), ['src/api']],
    [glob('src/{a,b}/**'), ['src/a', 'src/b']],
    [glob('src/@(a|a)/**'), ['src/a']],
    [glob('{src/a,docs}/x.md'), ['src/a', 'docs/x.md']],
    [glob('src/\\[id\\]/*'), ['src/[id]']],
    [glob('{README,NEWS}'), ['readme', 'news']],
    [glob('src/**'), null],
    [glob('src/*.ts'), null],
    [glob('src/a*/x'), null],
    [glob('**'), null],
    [glob('*.md'), null],
    [glob('src/?(a)/x'), ['src/x', 'src/a']],
    [glob('{src/a,*}/x'), null],
    [glob('src/!(a)/x'), null],
    [glob('src/api/+(a|b)'), null],
    [glob('src/api/[z-a]'), null],
  ])('%o', (file, areas) => {
    expect(areasOf(file, compileGlob)).toEqual(areas)
  })
})

const SHARDS = [2, 16, 64, 256]
const of = (file: File, shards: number) => shardsOf(file, shards, compileGlob)

describe('shards', () => {
  test('a path stands in one, whatever its spelling; what may lie anywhere in all; another domain has but one', () => {
    for (const shards of SHARDS) {
      expect(of(path('src/Api/x.ts'), shards)).toEqual(of(path('src/api/Y.ts'), shards))
      expect(of(path('src/api/x.ts'), shards)).toEqual(of(glob('src/api/**'), shards))
      expect(of(path('src/api/x.ts'), shards)).toHaveLength(1)
      expect(of(glob('src/**'), shards)).toEqual(Array.from({ length: shards }, (_, at) => at))
      expect(of({ resource_type: 'droplet', resource_name: 'a/b' }, shards)).toEqual([0])
    }
    expect(of(path('src/api/x.ts'), 1)).toEqual([0])
  })

  test.each(SHARDS)('areas are spread evenly over %i', (shards) => {
    const found = new Map<number, number>()
    for (let at = 0; at < shards * 20; at++) {
      const [shard] = of(path(`packages/name-${at}/index.ts`), shards)
      found.set(shard!, (found.get(shard!) ?? 0) + 1)
    }
    expect(found.size).toBe(shards)
    expect(Math.max(...found.values())).toBeLessThan(20 * 2.5)
  })

  test('two that can mean one file share a shard', () => {
    const plain = fc.constantFrom(
      'a',
      'b',
      'A',
      'ß',
      'SS',
      '.',
      'é',
      'e\u0301',
      'a\\b',
      'axb',
      '[a]',
      'a b',
      '{a,b}',
      '',
    )
    const wild = fc.constantFrom(
      ...[
        '*',
        '**',
        '?',
        '[ab]',
        '{a,b}',
        '{a,b/c}',
        '{a,}',
        '@(a|b)',
        '?(a)',
        '*(a)',
        '+(b)',
        '+(a|b)',
        '!(a)',
        'a*',
      ],
      ...['a**', '\\[a\\]', '\\a', '\\/', '[z-a]', '{a..b}', '***', 'a?', '@()', '[]'],
    )
    const joined = (part: fc.Arbitrary<string>) =>
      fc
        .tuple(fc.constantFrom('', '', '', '/', '//', './'), fc.array(part, { minLength: 1, maxLength: 5 }))
        .map(([start, parts]) => start + parts.join('/'))
    const paths = joined(plain).map(path)
    const globs = joined(fc.oneof(plain, plain, wild)).map(glob)
    const file: fc.Arbitrary<File> = fc.oneof(paths, globs, globs)
    // Half of them begin alike, so that many meet.
    const pair = fc
      .tuple(file, file, fc.oneof(fc.constant(''), joined(fc.constantFrom('a', 'b', 'A', '{a,b}', '\\a'))))
      .map(([one, other, start]) =>
        [one, other].map((each) =>
          start === '' ? each : { ...each, resource_name: `${start}/${each.resource_name}` },
        ),
      )
    let met = 0
    let few = 0
    fc.assert(
      fc.property(pair, ([one, other]) => {
        if (!overlap(one!, other!)) return
        met++
        const [mine, yours] = [of(one!, 256), of(other!, 256)]
        if (mine.length < 256 && yours.length < 256) few++
        expect(mine.filter((shard) => yours.includes(shard))).not.toEqual([])
      }),
      { seed: 20_261_121, numRuns: 10_000 },
    )
    // The rule was tried, also where neither lies in all.
    expect(met).toBeGreaterThan(1000)
    expect(few).toBeGreaterThan(100)
  })
})
