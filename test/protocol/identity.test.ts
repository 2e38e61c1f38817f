import { describe, expect, test } from 'vitest'
import { type Candidate, type Evidence, resolveIdentity } from '../../src/protocol/identity.ts'

const STANDINGS: Record<string, Candidate['standing']> = { old: 'ended', dead: 'dead' }
const standing = (id: string) => STANDINGS[id] ?? (/^[a-f]$/.test(id) ? 'live' : 'unknown')

/** Evidence of nothing, but for what is given. */
function evidence(
  given: Partial<Omit<Evidence, 'terminal' | 'current'>> & { terminal?: string; current?: string },
): Evidence {
  const { terminal = null, current = null, ...rest } = given
  const nothing = { flag: null, env: null, hook: [], agent: [], ancestry: [] }
  return { ...nothing, ...rest, terminal: () => terminal, current: () => current }
}

const ALL = { flag: 'a', env: 'b', hook: ['c'], agent: ['d'], ancestry: [['e']], terminal: 'f', current: 'a' }

describe('seven levels', () => {
  test.each([
    ['--session', ALL, 'a', 'flag'],
    ['COORD_SESSION', { ...ALL, flag: null }, 'b', 'env'],
    ['the hook', { ...ALL, flag: null, env: null }, 'c', 'hook'],
    ["the agent's own id", { ...ALL, flag: null, env: null, hook: [] }, 'd', 'agent'],
    ['ancestry', { ancestry: [['e']], terminal: 'f', current: 'a' }, 'e', 'ancestry'],
    ['the terminal', { terminal: 'f', current: 'a' }, 'f', 'terminal'],
    ['.current_session', { current: 'a' }, 'a', 'current_session'],
  ])('%s decides before everything below it', (_what, given, session, source) => {
    expect(resolveIdentity(evidence(given as object), standing)).toMatchObject({ session, source })
  })

  test('every answer says why', () => {
    const whys = [
      { flag: 'a' },
      { env: 'a' },
      { hook: ['a'] },
      { agent: ['a'] },
      { ancestry: [[], [], ['a']] },
      { ancestry: [['a'], ['b']] },
      { terminal: 'a' },
      { current: 'a' },
    ].map((given) => resolveIdentity(evidence(given), standing).why)
    expect(whys).toEqual([
      '--session names it',
      'COORD_SESSION names it',
      "it is registered for this hook's session id",
      "it is registered for this agent's session id",
      'it was started by ancestor 2 of this process',
      'it was started by this very process',
      'it was started in this terminal',
      'it is the only live session',
    ])
  })

  test('the terminal and .current_session are looked up only when they are needed', () => {
    const asked: string[] = []
    const look = (level: string, found: string) => {
      asked.push(level)
      return found
    }
    const watched = (given: Partial<Evidence>): Evidence => ({
      ...evidence({}),
      terminal: () => look('terminal', 'f'),
      current: () => look('current', 'a'),
      ...given,
    })
    resolveIdentity(watched({ flag: 'a' }), standing)
    resolveIdentity(watched({ ancestry: [['e']] }), standing)
    expect(asked).toEqual([])
    resolveIdentity(watched({}), standing)
    expect(asked).toEqual(['terminal'])
  })
})

describe('within a level', () => {
  test.each([
    ["the same session twice in one agent's ids", { agent: ['a', 'a'] }, 'a'],
    [
      'of nested agents the one bound to the nearest ancestor',
      { agent: ['a', 'b'], ancestry: [[], ['b'], ['a']] },
      'b',
    ],
    ['the nearest ancestor of several', { ancestry: [[], ['b'], ['a']] }, 'b'],
    ['an ancestor of two sessions decides nothing, the next does', { ancestry: [['a', 'b'], ['c']] }, 'c'],
    ['an ended session at an ancestor is passed over', { ancestry: [['old', 'a']] }, 'a'],
    ['a dead session at an ancestor is passed over', { ancestry: [['dead'], ['b']] }, 'b'],
    ['an ended session in the terminal is passed over', { terminal: 'old', current: 'a' }, 'a'],
    ['a session named explicitly may be dead: its return revives it', { flag: 'dead' }, 'dead'],
  ])('%s', (_what, given, session) => {
    expect(resolveIdentity(evidence(given), standing).session).toBe(session)
  })
})

describe('undecided', () => {
  test.each([
    ['nothing at all', {}, /no session is known here/, []],
    [
      '--session of an ended one',
      { flag: 'old', agent: ['a'] },
      /--session names session "old", which has ended/,
      [],
    ],
    ['--session of an unknown one', { flag: 'x', current: 'a' }, /"x", which is not registered/, []],
    [
      'COORD_SESSION of an ended one',
      { env: 'old', ancestry: [['a']] },
      /COORD_SESSION names session "old"/,
      [],
    ],
    ['COORD_SESSION of an unknown one', { env: 'x' }, /which is not registered/, []],
    ['two sessions of the hook', { hook: ['a', 'b'] }, /could be meant: a, b/, ['a', 'b']],
    ['two sessions of the agent', { agent: ['a', 'b'], terminal: 'c' }, /could be meant: a, b/, ['a', 'b']],
    ['two of the agent, a third is nearest', { agent: ['a', 'b'], ancestry: [['c']] }, /a, b/, ['a', 'b']],
    [
      'two at each ancestor',
      {
        ancestry: [
          ['a', 'b'],
          ['a', 'b', 'old'],
        ],
      },
      /could be meant: a, b/,
      ['a', 'b'],
    ],
    [
      'only ended and dead ones',
      { ancestry: [['old'], ['dead']], terminal: 'old', current: 'dead' },
      /no session is known/,
      [],
    ],
    ['an unknown one in the terminal', { terminal: 'x', current: 'y' }, /no session is known/, []],
  ])('%s is no session, and the candidates are listed', (_what, given, why, candidates) => {
    const ask = () => resolveIdentity(evidence(given), standing)
    expect(ask).toThrow(why)
    expect(ask).toThrow(expect.objectContaining({ code: 'no_session', details: { candidates } }))
  })

  test.each([
    ['an ended session can be reopened', { flag: 'old' }, 'coord start --id old'],
    ['otherwise start registers', {}, 'coord start registers you'],
  ])('the way out is named: %s', (_what, given, hint) => {
    expect(() => resolveIdentity(evidence(given), standing)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining(hint) }),
    )
  })
})
