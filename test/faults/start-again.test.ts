/**
 * `coord start`, killed at each of its calls that changes something, and then run once more by the same shell or agent. Here at every third, in
 * one start at the first of three, in the next at the second; `npm run faults` takes all.
 */

import fs from 'node:fs'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { start } from '../../src/operations/start.ts'
import { whoami } from '../../src/operations/whoami.ts'
import type { World } from '../helpers/world.ts'
import { bury, plansFor, rehearse, setStage } from './faults.ts'
import { layer } from './layer.ts'
import type { Scene } from './scenes.ts'

const LONG = process.env.COORD_FAULTS === 'long'
const STEP = 3

const stage = setStage()
afterAll(() => fs.rmSync(stage.home, { recursive: true, force: true }))

type Given = Parameters<typeof start.run>[1]
const CLAUDE = { COORD_AGENT_SESSION: 'claude:abc' }
const NAMELESS = { AI_AGENT: '1' }

const STARTS: [string, Scene['room'], Record<string, string>, Given][] = [
  ['a person', 'used', {}, {}],
  ['a person, by id and name', 'used', {}, { id: 'three', name: 'new' }],
  ['a person, by id', 'used', {}, { id: 'three' }],
  ['a person, by name', 'used', {}, { name: 'new' }],
  ['an agent with an id of its own, by id and name', 'used', CLAUDE, { id: 'three', name: 'new' }],
  ['an agent with an id of its own, by name', 'used', CLAUDE, { name: 'new' }],
  ['an agent with an id of its own', 'used', CLAUDE, {}],
  ['an agent without an id', 'used', NAMELESS, {}],
  ['an agent without an id, by id and name', 'used', NAMELESS, { id: 'three', name: 'new' }],
  ['an agent without an id, by name', 'used', NAMELESS, { name: 'new' }],
  ['a person whose session had ended', 'old', {}, { id: 'gone', name: 'new' }],
]

/** The live sessions that the room did not have before. */
function begun(world: World, before: string[]): string[] {
  return world.list('sessions').filter((file) => {
    return !before.includes(file) && world.json(`sessions/${file}`).status === 'active'
  })
}

test.each(STARTS.map((start, nth) => [...start, nth] as const))(
  'a start of %s that is cut off anywhere is taken up by the next',
  (_who, room, env, given, nth) => {
    const run = (world: World) => start.run(world.as(null, env), given)
    const plans = plansFor(rehearse(stage, { room, run })).filter(({ as }) => as === 'kill')
    expect(plans.length).toBeGreaterThan(30)
    for (const plan of plans.filter((_plan, at) => LONG || (at + nth) % STEP === 0)) {
      const world = stage.fresh(room)
      const before = world.list('sessions').filter((file) => file !== 'gone.json')
      layer.arm({ below: world.dir, ...plan })
      expect(() => run(world)).toThrow()
      expect(layer.disarm().dead).toBe(true)
      bury(world.root)
      const { session } = run(world)
      const at = JSON.stringify(plan)
      expect(session, at).toMatchObject({ status: 'active', ...(given.id ? { session_id: given.id } : {}) })
      expect(begun(world, before), at).toEqual([`${session.session_id}.json`])
      expect(whoami.run(world.as(null, env), {}).session.session_id, at).toBe(session.session_id)
      fs.rmSync(path.dirname(world.dir), { recursive: true })
    }
  },
  60_000,
)
