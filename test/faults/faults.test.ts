/**
 * Every writing command, with its n-th file-system call failing or being its last, for every n: as SQLite tests its own. Here within one
 * process; in real ones in processes.test.ts. CI takes some points, always the same ones; COORD_FAULTS_SEED others, COORD_FAULTS=<seconds> more, `npm run faults` all.
 */

import fs from 'node:fs'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { plansFor, play, type Rehearsal, rehearse, setStage } from './faults.ts'
import type { Call, Plan } from './layer.ts'
import { layer } from './layer.ts'
import { SCENES, type Scene } from './scenes.ts'

const LONG = process.env.COORD_FAULTS === 'long'
const SECONDS = Number(process.env.COORD_FAULTS) || null
/** How many points of each scene are taken where no time is given. */
const POINTS = 5
const SEED = Number(process.env.COORD_FAULTS_SEED ?? 1)

/**
 * What git answers of an index and of its settings, which no scene touches, is asked once: else its processes are a third of the time.
 * What it ignores is asked anew, since scenes write that.
 */
vi.mock('execa', async (importOriginal) => {
  const real = await importOriginal<typeof import('execa')>()
  const answers = new Map<string, unknown>()
  const execaSync = (file: string, args: string[], options: object) => {
    const ask = () => real.execaSync(file, args, options)
    if (!args.includes('ls-files') && !args.includes('config')) return ask()
    const key = args.join(' ').replaceAll(/case-\d+/g, 'case')
    if (!answers.has(key)) answers.set(key, ask())
    return answers.get(key)
  }
  return { ...real, execaSync }
})

const stage = setStage()
afterAll(() => fs.rmSync(stage.home, { recursive: true, force: true }))

/** All points in the long form; else so many, or as many as fit into the time, spread over the whole command. */
function* chosen(plans: Plan[]): Generator<Plan> {
  const until = Date.now() + ((SECONDS ?? 0) * 1000) / Object.keys(SCENES).length
  const step = 97
  const goesOn = (i: number) => LONG || (SECONDS === null ? i < POINTS : Date.now() < until)
  for (let i = 0; i < plans.length && goesOn(i); i++)
    yield plans[LONG ? i : (SEED * 31 + i * step) % plans.length]!
}

function told(call: Call | undefined, plan: Plan, faults: string[]): string {
  return `${JSON.stringify(plan)}, ${call?.name} ${call?.place}: ${faults.join('; ')}`
}

/** What is wrong after the points of a scene, up to `most` of them. */
function search(rehearsal: Rehearsal, plans: Iterable<Plan>, most = 10): { found: string[]; played: number } {
  const found: string[] = []
  let played = 0
  for (const plan of plans) {
    const faults = play(stage, rehearsal, plan)
    played++
    if (faults.length > 0) found.push(told(rehearsal.calls[plan.at - 1], plan, faults))
    if (found.length >= most) break
  }
  return { found, played }
}

describe('a fault at any file-system call leaves a room in order', {
  timeout: LONG ? 3_600_000 : 60_000 + (SECONDS ?? 0) * 1000,
}, () => {
  test.each(Object.entries(SCENES))('%s', (name, scene) => {
    const rehearsal = rehearse(stage, scene)
    const plans = plansFor(rehearsal)
    const { found, played } = search(rehearsal, chosen(plans))
    if (LONG)
      console.info(
        `${name}: ${rehearsal.calls.length} calls, ${played} faults, ${rehearsal.known.size} rooms`,
      )
    expect(found).toEqual([])
    expect(played).toBeGreaterThan(0)
  })
})

/** Faults of coord as they could creep in: each is a function of node:fs that does less than it should. */
describe('a fault of coord itself is found', { timeout: 120_000 }, () => {
  const restores: (() => void)[] = []
  afterEach(() => {
    for (const restore of restores.splice(0)) restore()
  })

  function plant<Name extends 'linkSync' | 'renameSync' | 'unlinkSync' | 'openSync' | 'writeSync'>(
    name: Name,
    faulty: (real: (typeof fs)[Name], ...args: any[]) => unknown,
  ): void {
    const real = fs[name]
    fs[name] = ((...args: any[]) => faulty(real, ...args)) as never
    restores.push(() => {
      fs[name] = real
    })
  }

  /** The first fault that is found in a scene, at the points that `when` chooses. */
  function firstFault(scene: Scene, when: (call: Call, plan: Plan) => boolean): string | undefined {
    const rehearsal = rehearse(stage, scene)
    const plans = plansFor(rehearsal).filter((plan) => when(rehearsal.calls[plan.at - 1]!, plan))
    expect(plans.length).toBeGreaterThan(0)
    return search(rehearsal, plans, 1).found[0]
  }

  const isKill = (_call: Call, { as }: Plan) => as === 'kill'

  test('a message that is written in its place, without a temporary file', () => {
    const final = new Map<string, string>()
    plant('openSync', (real, file, flags, mode) => {
      const isNew = flags === 'wx' && /messages\/direct\/two\/\.tmp-/.test(file)
      const place = `${file.slice(0, file.lastIndexOf('/'))}/2026-11-20_10-10-00-000-one-torn.json`
      if (isNew) final.set(file, place)
      return real(isNew ? place : file, flags, mode)
    })
    plant('linkSync', (real, from, to) =>
      final.has(from) ? fs.renameSync(final.get(from)!, to) : real(from, to),
    )
    expect(firstFault(SCENES.send!, isKill)).toContain('not whole')
  })

  test('a message that is acknowledged before it has its name', () => {
    plant('linkSync', (real, from, to) => {
      try {
        real(from, to)
      } catch (error) {
        if (!String(to).includes('/messages/')) throw error
      }
    })
    const atLink = ({ name, place }: Call, { as }: Plan) =>
      name === 'linkSync' && String(place).includes('/messages/direct/') && as === 'EIO'
    expect(firstFault(SCENES.send!, atLink)).toMatch(/messages of one to two: new/)
  })

  test('a release that forgets that the disk is full', () => {
    const run: Scene['run'] = (world) => {
      try {
        return SCENES.release!.run(world)
      } catch (error) {
        if ((error as { code?: string }).code !== 'disk_full') throw error
      }
    }
    const isFull = (_call: Call, { as, lasting }: Plan) => as === 'ENOSPC' && lasting === true
    expect(firstFault({ ...SCENES.release!, run }, isFull)).toMatch(
      /holders of droplet\/church: one before, one now/,
    )
  })

  test('a temporary file that stays when its write fails', () => {
    plant('unlinkSync', (real, file) => {
      if (!String(file).includes('/.tmp-') || !fs.existsSync(file)) return real(file)
    })
    expect(firstFault(SCENES.send!, ({ name }, { as }) => name === 'fsyncSync' && as === 'EIO')).toContain(
      'is left',
    )
  })

  test('a failing disk that is told as a fault of coord', () => {
    plant('openSync', (real, ...args) => {
      try {
        return real(...(args as Parameters<typeof fs.openSync>))
      } catch (error) {
        throw (error as NodeJS.ErrnoException).code === 'EIO'
          ? new TypeError('undefined is no function')
          : error
      }
    })
    expect(firstFault(SCENES.send!, ({ name }, { as }) => name === 'openSync' && as === 'EIO')).toContain(
      'TypeError',
    )
  })
})

test('a kill ends everything: nothing changes or is read afterwards, whoever catches it', () => {
  const { dir } = stage.fresh('none')
  layer.arm({ below: dir, at: 2, as: 'kill' })
  fs.writeFileSync(`${dir}/one`, '1')
  expect(() => fs.writeFileSync(`${dir}/two`, '2')).toThrow('killed')
  expect(() => fs.unlinkSync(`${dir}/one`)).toThrow('killed')
  expect(layer.disarm()).toMatchObject({ dead: true, reached: true })
  expect(fs.readdirSync(dir).sort()).toEqual(['.git', 'one'])
})
