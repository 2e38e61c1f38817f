/** Several `doctor --fix` and many writers at once in a damaged room: nothing acknowledged is lost, tokens only grow. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { DAMAGES, makeBusyRoom } from '../cli/damages.ts'
import { coord } from '../helpers/cli.ts'
import { inside } from '../helpers/inside.ts'
import { launch } from './support.ts'

const ROUNDS = 4

test('three repairs at once with writers at work lose nothing and leave nothing to repair', async () => {
  const room = await makeBusyRoom()
  const cwd = room.dir
  for (const id of ['three', 'four']) inside({ cwd }, 'start', '--id', id)
  for (const damage of Object.values(DAMAGES)) damage.does(room)
  const sent: string[] = []
  const granted: number[] = []
  const write = async (session: string) => {
    for (let round = 0; round < ROUNDS; round++) {
      const message = await coord({ cwd, session }, 'send', 'broadcast', `${session} ${round}`, '--json')
      if (message.code === 0) sent.push(message.json.message.id)
      const claim = await coord({ cwd, session }, 'claim', 'task', 'hot', '--json')
      if (claim.code === 0) {
        granted.push(claim.json.claim.token)
        expect((await coord({ cwd, session }, 'release', 'task', 'hot', '--no-announce')).code).toBe(0)
      }
      await coord({ cwd, session }, 'heartbeat', 'building', `round-${round}`)
      await coord({ cwd, session }, 'inbox')
    }
  }
  const mend = async () => {
    const answers = []
    for (let round = 0; round < 2; round++) answers.push(await coord({ cwd }, 'doctor', '--fix', '--json'))
    return answers
  }
  const [first, second, third] = await Promise.all([mend(), mend(), mend(), write('three'), write('four')])
  for (const answer of [first, second, third].flat())
    expect(answer, answer.err).toMatchObject({ code: 0, json: { proof: { lost: [] } } })
  const ids = (await coord({ cwd }, 'messages', '--limit', '999', '--json')).json.messages.map(
    ({ id }: any) => id,
  )
  expect(sent).toHaveLength(2 * ROUNDS)
  expect(ids).toEqual(expect.arrayContaining(sent))
  expect(granted).toEqual([...new Set(granted)].sort((a, b) => a - b))
  await coord({ cwd }, 'doctor', '--fix')
  const { problems } = (await coord({ cwd }, 'doctor', '--json')).json
  expect(problems.filter(({ fixable }: any) => fixable)).toEqual([])
  for (const session of ['three', 'four']) expect((await coord({ cwd, session }, 'whoami')).code).toBe(0)
})

test('a repair killed at any moment leaves a room that the next one mends', async () => {
  let whole = 0
  // The first is left alone and tells how long one takes.
  for (const share of [null, 0.3, 0.45, 0.6, 0.75, 0.9]) {
    const room = await makeBusyRoom()
    const cwd = room.dir
    const before = inside({ cwd }, 'messages', '--json').json.messages
    for (const damage of Object.values(DAMAGES)) damage.does(room)
    const { child, ended } = launch(cwd, 'one', 'doctor', '--fix')
    const begun = performance.now()
    const timer = share === null ? undefined : setTimeout(() => child.kill('SIGKILL'), share * whole)
    await ended
    clearTimeout(timer)
    if (share === null) whole = performance.now() - begun
    const locks = path.join(room.root, '.state/locks')
    for (const name of fs.readdirSync(locks)) fs.utimesSync(path.join(locks, name), 1, 1)
    const mended = inside({ cwd }, 'doctor', '--fix', '--json')
    expect(mended, mended.err).toMatchObject({ code: 0, json: { proof: { lost: [] } } })
    const { problems } = inside({ cwd }, 'doctor', '--json').json
    expect(problems.filter(({ fixable }: any) => fixable)).toEqual([])
    const after = inside({ cwd }, 'messages', '--json').json.messages
    expect(after).toEqual(expect.arrayContaining(before))
  }
})
