/** The rule of verify as tables: looks at claims in time, commits, and what is found. Times are minutes. */
import { describe, expect, test } from 'vitest'
import { overlap } from '../../src/protocol/overlap.ts'
import type { Change, Claim } from '../../src/protocol/records.ts'
import { type Tenancy, tenanciesIn, untilEnd } from '../../src/protocol/tenancy.ts'
import { formatInstant } from '../../src/protocol/time.ts'
import { type Committed, heldNow, verifyCommit } from '../../src/protocol/verify.ts'

const EPOCH = Date.parse('2026-11-20T10:00:00.000Z')
const at = (minute: number) => EPOCH + minute * 60_000

/** `two a.ts#5 0-60`: who, what, under which token, from which minute, to run until which. */
function claim(text: string): Claim {
  const [claimed_by, resource, term] = text.split(' ') as [string, string, string]
  const [resource_name, token] = resource.split('#')
  const [from, until] = term.split('-').map((minute) => formatInstant(at(Number(minute))))
  const glob = resource_name!.includes('*') ? { glob: true } : {}
  return {
    claimed_by,
    resource_type: 'file',
    resource_name: resource_name!,
    token: Number(token),
    claimed_at: from,
    expires_at: until,
    ...glob,
  }
}

const look = (minute: number, claims: string[], changes: Change[] = []) => ({
  at: at(minute),
  claims: claims.map(claim),
  changes,
})
const change = (act: string, text: string) => ({ act, claim_id: '', ...claim(text) }) as unknown as Change

/** Holdings as `two a.ts#5 0-60`, with `0-?30-60` where the end is known to lie between, `?-60` without a known beginning. */
const shown = (held: Tenancy[]) =>
  held.map(({ claimed_by, resource_name, token, from, sure, until }) => {
    const minute = (time: number | null) => (time === null ? '?' : String((time - EPOCH) / 60_000))
    const end = sure === until ? minute(until) : `?${minute(sure)}-${minute(until)}`
    return `${claimed_by} ${resource_name}#${token} ${minute(from)}-${end}`
  })

describe('holdings', () => {
  test.each([
    ['one that goes on', [look(0, ['two a.ts#5 0-60'])], ['two a.ts#5 0-60']],
    [
      'one that was renewed',
      [look(0, ['two a.ts#5 0-60']), look(30, ['two a.ts#5 0-90'])],
      ['two a.ts#5 0-90'],
    ],
    ['one that was released', [look(0, ['two a.ts#5 0-60']), look(30, [])], ['two a.ts#5 0-30']],
    [
      'one that ran out before it was taken',
      [look(0, ['two a.ts#5 0-60']), look(70, ['one a.ts#6 70-90'])],
      ['two a.ts#5 0-60', 'one a.ts#6 70-90'],
    ],
    [
      'another spelling',
      [look(0, ['two A.ts#5 0-60']), look(30, ['one a.ts#6 30-90'])],
      ['two A.ts#5 0-30', 'one a.ts#6 30-90'],
    ],
    [
      'one handed over, which keeps its beginning',
      [look(0, ['two a.ts#5 0-60']), look(30, ['one a.ts#6 0-90'], [change('transfer', 'one a.ts#6 0-90')])],
      ['two a.ts#5 0-30', 'one a.ts#6 30-90'],
    ],
    [
      'one of which only the release is kept',
      [look(30, [], [change('release', 'two a.ts#5 0-60')])],
      ['two a.ts#5 ?-30'],
    ],
  ])('%s', (_what, looks, held) => {
    expect(shown(tenanciesIn(looks, true))).toEqual(held)
  })

  test('between two records an end is not known better, but never later than the lease', () => {
    expect(
      shown(tenanciesIn([look(10, ['two a.ts#5 0-60']), look(30, ['two a.ts#5 0-60']), look(50, [])], false)),
    ).toEqual(['two a.ts#5 0-?30-50'])
    expect(shown(tenanciesIn([look(10, ['two a.ts#5 0-20']), look(30, [])], false))).toEqual([
      'two a.ts#5 0-?10-20',
    ])
    expect(shown(tenanciesIn([look(10, ['two a.ts#5 0-60'])], false))).toEqual(['two a.ts#5 0-60'])
  })

  test('nothing is held beyond the end of its session', () => {
    const held = tenanciesIn([look(0, ['two a.ts#5 0-60', 'one b.ts#6 0-60'])], true)
    expect(shown(untilEnd(held, (id) => (id === 'two' ? at(20) : null)))).toEqual([
      'two a.ts#5 0-20',
      'one b.ts#6 0-60',
    ])
  })
})

const HELD = tenanciesIn(
  [
    look(0, ['two a.ts#5 0-60', 'one mine.ts#6 0-60', 'two src/**#7 0-60']),
    look(30, ['one mine.ts#6 0-60', 'two src/**#7 0-60']),
    look(40, ['one a.ts#8 40-90', 'two src/**#7 0-60']),
  ],
  true,
)
const known = { held: HELD, isWhole: (_: unknown, time: number) => time >= at(0), meets: overlap }

/** A commit of a session (`-`: none) at a minute; `10/50`: written first at 10, and again at 50. */
function commit(by: string, minutes: string, paths: string[], claims: string[] = []): Committed {
  const [first, last = first] = minutes.split('/').map(Number)
  return {
    ...{ commit: 'c0', subject: 's', authored: at(first!), committed: at(last!), paths },
    session_ids: by === '-' ? [] : by.split('+'),
    claims: claims.map((text) => {
      const [resource_name, token] = text.split('#')
      return { resource_type: 'file', resource_name: resource_name!, token: Number(token) }
    }),
  }
}

test.each([
  ['what another holds', commit('one', '10', ['a.ts', 'b.ts']), ['held a.ts by two#5 at 10']],
  ['in another spelling', commit('one', '10', ['A.TS']), ['held A.TS by two#5 at 10']],
  ['below a glob', commit('one', '10', ['src/x/y.ts', 'srcs']), ['held src/x/y.ts by two#7 at 10']],
  [
    'by nobody known, even what nobody else holds',
    commit('-', '10', ['mine.ts']),
    ['held mine.ts by one#6 at 10'],
  ],
  ['its own', commit('two', '10', ['a.ts', 'src/a']), []],
  ['with another on it', commit('one+two', '10', ['a.ts', 'mine.ts']), []],
  ['after it was released', commit('one', '35', ['a.ts']), []],
  ['after the lease was over', commit('two', '95', ['a.ts']), []],
  ['in the second in which it was claimed', commit('two', '40', ['a.ts']), ['held a.ts by one#8 at 40']],
  [
    'written under its own claim, again while another holds it',
    commit('two', '10/50', ['a.ts']),
    ['held a.ts by one#8 at 50'],
  ],
  [
    'written while another held it, again when it was free',
    commit('one', '10/35', ['a.ts']),
    ['held a.ts by two#5 at 10'],
  ],
  ['under a token that counts', commit('two', '10', ['a.ts'], ['a.ts#5']), []],
  [
    'under one that another has been granted anew',
    commit('two', '50', [], ['a.ts#5']),
    ['stale a.ts#5 by one#8 at 50'],
  ],
  ['under one that counted when it was written, rebased since', commit('two', '10/50', [], ['a.ts#5']), []],
])('a commit %s', (_what, made, expected) => {
  const { findings, told } = verifyCommit(made, known)
  const lines = findings.map(({ kind, path, resource_name, stale_token, claimed_by, token, at: when }) => {
    const what = kind === 'held' ? path : `${resource_name}#${stale_token}`
    return `${kind} ${what} by ${claimed_by}#${token} at ${(Date.parse(when) - EPOCH) / 60_000}`
  })
  expect(lines).toEqual(expected)
  expect(told).toBe(true)
})

test.each([
  ['before what is kept', commit('one', '-5', ['x.ts']), known, false],
  [
    'before what is kept, under a claim of its own',
    commit('one', '10', ['mine.ts']),
    { ...known, isWhole: () => false },
    true,
  ],
  ['with a token that nobody knows', commit('one', '10', [], ['x.ts#3']), known, false],
  [
    'in the time in which a claim ended',
    commit('one', '20', ['a.ts']),
    { ...known, held: tenanciesIn([look(10, ['two a.ts#5 0-60']), look(30, [])], false) },
    false,
  ],
  [
    'when that claim is over for sure',
    commit('one', '40', ['a.ts']),
    { ...known, held: tenanciesIn([look(10, ['two a.ts#5 0-60']), look(30, [])], false) },
    true,
  ],
  [
    'when something was released that began nobody knows when',
    commit('one', '20', ['a.ts']),
    { ...known, held: tenanciesIn([look(30, [], [change('release', 'two a.ts#5 0-60')])], true) },
    false,
  ],
])('of a commit %s: told or not', (_what, made, knowledge, expected) => {
  expect(verifyCommit(made, knowledge)).toEqual({ findings: [], told: expected })
})

test('what others hold now of the paths is told once for each path', () => {
  const commits = [commit('one', '-5', ['src/a', 'mine.ts', 'x']), commit('one', '-4', ['src/a'])]
  expect(heldNow(commits, known, at(50))).toMatchObject([
    { path: 'src/a', claimed_by: 'two', token: 7, until: formatInstant(at(60)) },
  ])
  expect(heldNow(commits, known, at(70))).toEqual([])
})
