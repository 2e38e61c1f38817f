/** Whatever is typed, coord answers with a code of its table, in words or in one JSON object, and never with a fault of its own. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { commands } from '../../src/faces/cli/commands/index.ts'
import { ERRORS } from '../../src/protocol/errors.ts'
import { coord } from '../helpers/cli.ts'
import { makeRoom, PINNED } from './rooms.ts'
import { argumentsOf } from './vectors.ts'

/** These go on until they are stopped; the monitor runs what it is given. */
const ending = commands.filter(({ name }) => !['monitor', 'serve', 'watch'].includes(name))

const vectors = fc
  .sample(fc.constantFrom(...ending).chain(argumentsOf), { numRuns: 120, seed: 7 })
  .filter(
    ([name, args]) =>
      !args.some((arg) => arg.includes('\u0000')) && !(name === 'start' && args.includes('--')),
  )
  .slice(0, 45)

/** A torture goes on for half a minute where nothing ends it: with one process alone it is refused once all else has been read. */
const ended = (name: string, args: string[]) => (name === 'torture' ? ['--processes', '1', ...args] : args)

const optionsIn = (args: string[]) => (args.includes('--') ? args.slice(0, args.indexOf('--')) : args)

test('no arguments make coord fail by itself', async () => {
  const room = await makeRoom('one', 'two')
  const exits: number[] = []
  const call = { cwd: room.dir, session: 'one', env: PINNED }
  const run = async ([name, given]: (typeof vectors)[number], front: boolean) => {
    const args = ended(name, given)
    const json = front || optionsIn(args).includes('--json')
    const said = `coord ${JSON.stringify([name, ...args])}`
    const answer = await coord(call, ...(front ? ['--json'] : []), name, ...args)
    exits.push(answer.code)
    expect([0, 1, 2, 3], `${said} ${answer.err}`).toContain(answer.code)
    expect(`${answer.out}${answer.err}`, said).not.toMatch(/^ +at .*(js|ts):\d+/m)
    if (!json && answer.code !== 0)
      expect(answer, said).toMatchObject({ out: '', err: expect.stringMatching(/^coord: ./) })
    if (json && answer.code !== 0) {
      expect(answer.out.split('\n'), said).toHaveLength(1)
      const { code } = answer.json.error as { code: keyof typeof ERRORS }
      expect(ERRORS[code].exit, said).toBe(answer.code)
    }
  }
  for (const [at, vector] of vectors.entries()) await run(vector, at % 2 === 0)
  expect(exits).toContain(0)
  expect(exits).toContain(2)
})
