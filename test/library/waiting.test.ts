/** What takes time in the library: watching and waiting, and that nothing is left of either. */
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Room } from '../../src/faces/library/index.ts'
import { openRoom, repository, run } from './program.ts'

/** A room acting as a new session of this process. */
function join(dir: string, id: string): Room {
  const room = openRoom({ cwd: dir, env: {} })
  room.start({ id })
  return room
}

const waiting = (room: Room) => {
  const dir = path.join(room.root, '.state/waiting')
  return fs.existsSync(dir) ? fs.readdirSync(dir) : []
}

describe('watch', () => {
  test('gives a snapshot at once, then one for many acts at once, and none where nothing changed', async () => {
    const dir = repository()
    const one = join(dir, 'one')
    const seen: string[] = []
    for await (const { claims } of one.watch()) {
      seen.push(claims.map(({ resource_name }) => resource_name).join(' '))
      if (seen.length === 1) for (const name of ['x', 'y', 'z']) one.claim({ type: 'droplet', name })
      if (seen.length === 2) one.release({ all: true, 'no-announce': true })
      if (seen.length === 3) break
    }
    expect(seen[0]).toBe('')
    expect(seen[1]?.split(' ').sort()).toEqual(['x', 'y', 'z'])
    expect(seen[2]).toBe('')
  })

  test('sees what another process does', async () => {
    const dir = repository()
    const one = join(dir, 'one')
    const other = `import { openRoom } from 'git-coord'
      openRoom({ session: 'one' }).send({ to: 'broadcast', subject: 'from elsewhere' })`
    const subjects: unknown[] = []
    for await (const { messages } of one.watch()) {
      subjects.push(...messages.map(({ subject }) => subject))
      if (subjects.length > 0) break
      void run(dir, other)
    }
    expect(subjects).toEqual(['from elsewhere'])
  })

  test('ends when the signal aborts, also before it began', async () => {
    const one = join(repository(), 'one')
    const controller = new AbortController()
    let seen = 0
    for await (const _ of one.watch({ signal: controller.signal })) {
      seen++
      setTimeout(() => controller.abort(), 20)
    }
    for await (const _ of one.watch({ signal: controller.signal })) seen++
    expect(seen).toBe(1)
  })

  test.each([
    ['the loop is left', 'for await (const _ of room.watch()) break'],
    [
      'the signal aborts',
      `const stop = new AbortController()
       for await (const _ of room.watch({ signal: stop.signal })) setTimeout(() => stop.abort(), 20)`,
    ],
    ['the loop throws', 'try { for await (const _ of room.watch()) throw new Error("x") } catch {}'],
    [
      'a wait is over',
      `room.start({ id: 'me' })
       await room.waitUntilFree({ type: 'droplet', name: 'taken' }, { timeout: 100 }).catch(() => {})`,
    ],
  ])('the process exits by itself once %s', async (_when, text) => {
    const dir = repository()
    join(dir, 'holder').claim({ type: 'droplet', name: 'taken' })
    const program = `import { openRoom } from 'git-coord'
      const room = openRoom()
      ${text}
      console.log('done')`
    expect(await run(dir, program)).toEqual({ code: 0, out: 'done', err: '' })
  })
})

describe('waiting', () => {
  test('claimWhenFree gets the claim when it is released, and leaves no trace', async () => {
    const dir = repository()
    const one = join(dir, 'one')
    const two = join(dir, 'two')
    one.claim({ type: 'droplet', name: 'x' })
    const looks: (string | undefined)[] = []
    const { claim } = await two.claimWhenFree(
      { type: 'droplet', name: 'x' },
      {
        onLook({ error, circle }) {
          looks.push(error.code)
          expect(circle).toBe(null)
          expect(
            two.snapshot().sessions.find(({ session_id }) => session_id === 'two')?.waiting_for,
          ).toMatchObject({ name: 'x', holder: 'one' })
          if (looks.length === 1) one.release({ 'no-announce': true })
        },
      },
    )
    expect(claim.claimed_by).toBe('two')
    expect(looks[0]).toBe('held')
    expect(two.whoami().session.waiting_for).toBe(null)
    expect(waiting(two)).toEqual([])
  })

  test.each(['claimWhenFree', 'waitUntilFree'] as const)(
    '%s throws held when time is up, and the reason of a signal',
    async (wait) => {
      const dir = repository()
      join(dir, 'one').claim({ type: 'droplet', name: 'x' })
      const two = join(dir, 'two')
      await expect(two[wait]({ type: 'droplet', name: 'x' }, { timeout: 50 })).rejects.toMatchObject({
        code: 'held',
      })
      const controller = new AbortController()
      const onLook = () => controller.abort(new Error('enough'))
      const waited = two[wait]({ type: 'droplet', name: 'x' }, { signal: controller.signal, onLook })
      await expect(waited).rejects.toThrow('enough')
      expect(two.whoami().session.waiting_for).toBe(null)
      expect(waiting(two)).toEqual([])
    },
  )

  test('input and timeout are checked', async () => {
    const one = join(repository(), 'one')
    const wrong = [
      one.claimWhenFree({ type: 'droplet' } as never),
      one.waitUntilFree({ type: 'droplet', name: ['x'] } as never),
      one.claimWhenFree({ type: 'droplet', name: 'x' }, { timeout: Number.NaN }),
    ]
    const outcomes = await Promise.allSettled(wrong)
    const named = outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.details.argument)
    expect(named).toEqual(['name', 'name', 'timeout'])
  })
})
