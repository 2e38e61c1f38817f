import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { end } from '../../src/operations/end.ts'
import { start } from '../../src/operations/start.ts'
import { whoami } from '../../src/operations/whoami.ts'
import { createWorld, type World } from '../helpers/world.ts'
import { codeOf, errorOf } from '../store/helpers.ts'

const TMUX = { TMUX: '/tmp/tmux-0/default,123,0', TMUX_PANE: '%7' }
const who = (world: World, session: string | null, env = {}) => {
  const { session: found, source } = whoami.run(world.as(session, env), {})
  return `${found.session_id} by ${source}`
}

/** Forget from which processes sessions were started, as after a restart of the shell. */
function forgetProcesses(world: World): void {
  fs.rmSync(path.join(world.root, '.state/processes'), { recursive: true })
}

test('the flag wins over the environment, which wins over everything else', () => {
  const world = createWorld('one', 'two', 'three')
  expect(who(world, 'one', { COORD_SESSION: 'two' })).toBe('one by flag')
  expect(who(world, null, { COORD_SESSION: 'two' })).toBe('two by env')
  expect(who(world, null, { COORD_SESSION: '' })).toBe('three by ancestry')
})

test.each(['ended', 'unknown'])(
  'a flag or environment that names an %s session is refused with the way out',
  (what) => {
    const world = createWorld()
    if (what === 'ended') {
      world.start('gone')
      end.run(world.as('gone'), {})
    }
    for (const [session, env] of [
      ['gone', {}],
      [null, { COORD_SESSION: 'gone' }],
    ] as const) {
      expect(errorOf(() => who(world, session, env))).toMatchObject({
        code: 'no_session',
        hint: expect.stringContaining('coord start --id gone'),
      })
    }
  },
)

test('the environment may name a session by its name, as the flag may', () => {
  const world = createWorld()
  world.start('one', { name: 'alice' })
  world.start('two')
  expect(who(world, 'alice')).toBe('one by flag')
  expect(who(world, null, { COORD_SESSION: 'alice' })).toBe('one by env')
  end.run(world.as('one'), {})
  expect(codeOf(() => who(world, null, { COORD_SESSION: 'alice' }))).toBe('no_session')
})

test("an agent's own id decides, and of two nested agents the nearest ancestor", () => {
  const world = createWorld()
  const outer = { CLAUDE_CODE_SESSION_ID: 'a' }
  const inner = { CODEX_THREAD_ID: 'b' }
  start.run(world.as(null, outer), { id: 'outer' })
  expect(who(world, null, outer)).toBe('outer by agent')
  start.run(world.as(null, inner), { id: 'inner' })
  forgetProcesses(world)
  expect(errorOf(() => who(world, null, { ...outer, ...inner }))).toMatchObject({
    code: 'no_session',
    details: { candidates: ['outer', 'inner'] },
  })
  start.run(world.as(null, inner), {})
  expect(who(world, null, { ...outer, ...inner })).toBe('inner by agent')
})

test('a terminal pane is known again after its processes are gone, but not to an agent in it', () => {
  const world = createWorld()
  start.run(world.as(null, TMUX), { id: 'one' })
  start.run(world.as(null, { ...TMUX, TMUX_PANE: '%8' }), { id: 'two' })
  forgetProcesses(world)
  expect(who(world, null, { ...TMUX, TMUX_PANE: '%8' })).toBe('two by terminal')
  expect(codeOf(() => who(world, null, { ...TMUX, TMUX_PANE: '%8', AGENT: '1' }))).toBe('no_session')
})

test('.current_session counts only for a session of the scripts, while it names the only live one', () => {
  const world = createWorld()
  world.write('sessions/one.json', '{"session_id":"one","status":"active"}')
  world.write('.current_session', 'one\n')
  expect(who(world, null)).toBe('one by current_session')
  expect(codeOf(() => who(world, null, { AGENT: '1' }))).toBe('no_session')
  world.write('sessions/two.json', '{"session_id":"two","status":"active"}')
  expect(codeOf(() => who(world, null))).toBe('no_session')
  world.write('sessions/two.json', '{"session_id":"two","status":"completed"}')
  expect(who(world, null)).toBe('one by current_session')
  world.write('.current_session', '../../x\n')
  expect(codeOf(() => who(world, null))).toBe('no_session')
})

test('another terminal is not the session that coord started, even if it is the only one', () => {
  const world = createWorld('one')
  fs.rmSync(path.join(world.root, '.state/processes'), { recursive: true })
  fs.rmSync(path.join(world.root, '.state/terminals'), { recursive: true, force: true })
  expect(world.read('.current_session').trim()).toBe('one')
  expect(codeOf(() => who(world, null))).toBe('no_session')
})

test('where nobody acts, whoami tells who ended here, and with why what was asked', () => {
  const world = createWorld()
  const refusal = (given: { why?: boolean }, env = {}) =>
    errorOf(() => whoami.run(world.as(null, env), given)) as { code: string; hint?: string; details: object }
  expect(refusal({ why: true })).toMatchObject({ code: 'no_session', details: { candidates: [] } })
  world.start('one', { name: 'bob' })
  end.run(world.as(null), {})
  world.advance(5000)
  const { hint, details } = refusal({})
  expect(hint!.split('\n')[0]).toBe('bob ended here 5s ago: coord start --id one goes on as it.')
  expect(hint).not.toContain('asked:')
  expect(details).toMatchObject({ ended_here: 'one' })
  const told = refusal({ why: true }, { CODEX_THREAD_ID: 'x' }).hint!
  for (const fact of ['--session is not given', 'COORD_SESSION is not set', 'codex:x is registered for no'])
    expect(told).toContain(fact)
  expect(told).toContain(`${process.ppid}`)
})

test('who names a session that is over, by its name too, is told what became of it and its id', () => {
  const world = createWorld()
  for (const id of ['session-1', 'session-2']) {
    start.run(world.as(null, { TMUX_PANE: id }), { id, name: 'fay' })
    end.run(world.as(id), {})
  }
  const named = (text: string) => errorOf(() => who(world, text))
  expect(named('fay')).toMatchObject({
    code: 'no_session',
    message: '--session names session "fay", which has ended (10:00Z)',
    hint: 'coord start --id session-1 brings it back',
    details: { candidates: ['session-1'] },
  })
  const byVariable = errorOf(() => who(world, null, { COORD_SESSION: 'session-2' }))
  expect(byVariable).toMatchObject({
    message: 'COORD_SESSION names session "session-2", which has ended (10:00Z)',
    hint: 'unset COORD_SESSION, or: coord start --id session-2 brings it back',
  })
  const given = { ...world.json('sessions/session-1.json'), status: 'abandoned', ended_at: null }
  world.write('sessions/session-1.json', JSON.stringify(given))
  world.write('sessions/session-2.json', JSON.stringify({ ...given, session_id: 'session-2', name: 'x' }))
  expect(named('fay')).toMatchObject({ message: '--session names session "fay", which was given up' })
})
