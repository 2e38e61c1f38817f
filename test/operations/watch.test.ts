/** Looking at a room again and again. */
import fs from 'node:fs'
import { expect, onTestFinished, test, vi } from 'vitest'
import { heartbeat } from '../../src/operations/heartbeat.ts'
import { looker } from '../../src/operations/watch.ts'
import { createWorld } from '../helpers/world.ts'

test('a look is the very last one until something changed: an act, a line appended, a file added, or time', () => {
  const world = createWorld('one')
  world.write('status/notes.json', 'x')
  laterThanSteps()
  const look = looker(() => world.as(null))
  let last = look().result
  expect(look().result).toBe(last)
  const changes = {
    act: () => heartbeat.run(world.as('one'), { action: 'building', target: 'x' }),
    line: () => fs.appendFileSync(`${world.root}/status/one_status.json`, '\n'),
    added: () =>
      world.write(
        'status/two_status.json',
        '{"timestamp":"2026-11-20T10:00:00Z","session":"two","status":"working"}\n',
      ),
    time: () => world.advance(9_000),
    back: () => world.advance(-60_000),
  }
  for (const [name, change] of Object.entries(changes)) {
    change()
    const next = look().result
    expect(next, name).not.toBe(last)
    expect(look().result, name).toBe(next)
    last = next
  }
  fs.appendFileSync(`${world.root}/status/notes.json`, 'a file that holds no status lines')
  expect(look().result).toBe(last)
})

test('what changed just now is read again, as a second change may bear the same time', () => {
  const world = createWorld('one')
  const look = looker(() => world.as(null))
  const { mtimeMs } = fs.statSync(`${world.root}/status`)
  const now = vi.spyOn(Date, 'now').mockReturnValue(mtimeMs + 50)
  onTestFinished(() => now.mockRestore())
  expect(look().result).not.toBe(look().result)
})

/** Let the clock that files are held against be past the steps that file systems tell times in. */
function laterThanSteps(): void {
  const real = Date.now.bind(Date)
  const now = vi.spyOn(Date, 'now').mockImplementation(() => real() + 1000)
  onTestFinished(() => now.mockRestore())
}

test('a room that goes away is told, and shown again when it is back', () => {
  const world = createWorld('one')
  const look = looker(() => world.as(null))
  const sessions = () => {
    const { result } = look()
    return 'gone' in result ? result.gone : result.overview.sessions.map(({ session_id }) => session_id)
  }
  expect(sessions()).toEqual(['one'])
  fs.renameSync(world.root, `${world.dir}/elsewhere`)
  expect(sessions()).toMatch(/COORDINATION/)
  fs.renameSync(`${world.dir}/elsewhere`, world.root)
  expect(sessions()).toEqual(['one'])
})
