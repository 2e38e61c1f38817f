import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Kind, SCHEMAS } from '../../src/protocol/records.ts'
import { isRecord } from '../../src/protocol/shapes.ts'
import { KINDS, VALID } from './records-of-every-kind.ts'

const byGuard = (kind: Kind, value: unknown) => isRecord(kind, value)
const bySchema = (kind: Kind, value: unknown) => SCHEMAS[kind].safeParse(value).success

const OWN = { enumerable: true, configurable: true, writable: true }

describe('the light guard and the schema agree', () => {
  test.each(KINDS)('on a whole %s', (kind) => {
    expect([byGuard(kind, VALID[kind]), bySchema(kind, VALID[kind])]).toEqual([true, true])
  })

  test('the samples fill every field that a schema knows', () => {
    for (const kind of KINDS) {
      expect([kind, Object.keys(VALID[kind]).sort()]).toEqual([kind, Object.keys(SCHEMAS[kind].shape).sort()])
    }
  })

  const stranger = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      undefined,
      '',
      'x',
      0,
      1,
      -1,
      1.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      true,
      false,
      {},
      [],
    ),
    fc.constantFrom<unknown>(
      'read',
      'delivered',
      'seen',
      ['a', 7],
      [null],
      [[]],
      [{}],
      { type: 1 },
      { id: 'x' },
    ),
    fc.constantFrom<unknown>(
      { constructor: 1 },
      { constructor: {} },
      { id: 'x', expires_ms: 1 },
      { id: 1, expires_ms: 'x' },
    ),
    fc.jsonValue({ maxDepth: 2 }),
  )

  /** Every place in a record, as a path. */
  function places(value: unknown, at: (string | number)[] = []): (string | number)[][] {
    if (typeof value !== 'object' || value === null) return [at]
    const inner = Object.keys(value).flatMap((key) =>
      places((value as Record<string, unknown>)[key], [...at, key]),
    )
    return at.length === 0 ? inner : [at, ...inner]
  }

  function change(
    value: unknown,
    [key, ...rest]: (string | number)[],
    act: { drop: boolean; stranger: unknown; add: string | null },
  ): void {
    const target = value as Record<string | number, unknown>
    if (typeof target !== 'object' || target === null || key === undefined) return
    if (rest.length > 0) change(target[key], rest, act)
    else if (act.add !== null && Array.isArray(target)) target.push(act.stranger)
    else if (act.add !== null) Object.defineProperty(target, act.add, { value: act.stranger, ...OWN })
    else if (act.drop && Array.isArray(target)) target.splice(Number(key), 1)
    else if (act.drop) delete target[key]
    else target[key] = act.stranger
  }

  const act = fc.record({
    at: fc.nat(),
    drop: fc.boolean(),
    stranger,
    add: fc.option(fc.string(), { freq: 4 }),
  })
  const verdicts = { yes: 0, no: 0 }

  test.each(KINDS)(
    'on every near-%s: a field dropped, of another type, unknown, or several of these',
    (kind) => {
      const all = places(VALID[kind])
      fc.assert(
        fc.property(fc.array(act, { minLength: 1, maxLength: 3 }), (acts) => {
          const value = structuredClone(VALID[kind])
          for (const one of structuredClone(acts)) change(value, all[one.at % all.length]!, one)
          const verdict = byGuard(kind, value)
          verdicts[verdict ? 'yes' : 'no'] += 1
          expect(verdict).toBe(bySchema(kind, value))
        }),
        { numRuns: 400 },
      )
    },
  )

  test('on each single field of every kind with each kind of stranger in it', () => {
    const strangers: unknown[] = [
      undefined,
      null,
      'x',
      0,
      1,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      true,
      {},
      [],
      ['a'],
      [1],
      { constructor: 1 },
    ]
    for (const kind of KINDS) {
      for (const place of places(VALID[kind])) {
        for (const wrong of strangers) {
          const value = structuredClone(VALID[kind])
          change(value, place, { drop: false, stranger: wrong, add: null })
          expect([kind, place, wrong, byGuard(kind, value)]).toEqual([
            kind,
            place,
            wrong,
            bySchema(kind, value),
          ])
        }
      }
    }
  })

  test('on what is no record at all', () => {
    for (const kind of KINDS) {
      for (const value of [null, undefined, 7, 'x', [], [VALID[kind]], true]) {
        expect([byGuard(kind, value), bySchema(kind, value)]).toEqual([false, false])
      }
    }
  })

  test('both verdicts were seen often enough to mean something', () => {
    expect(verdicts.yes).toBeGreaterThan(300)
    expect(verdicts.no).toBeGreaterThan(300)
  })
})
