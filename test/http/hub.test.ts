/** The hub of the streams: one look for all, nothing without clients, little for who is slow. */
import fs from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import type { Client } from '../../src/faces/http/audience.ts'
import { contextFor } from '../../src/faces/http/calls.ts'
import { createHub } from '../../src/faces/http/hub.ts'
import { push } from '../../src/operations/push.ts'
import { createWorld, type World } from '../helpers/world.ts'
import { eventually } from './serving.ts'

function hubOf(world: World) {
  const served = {
    contextOf: ({ session }: { session?: string }) => world.as(session ?? null),
    say: () => {},
    signal: new AbortController().signal,
  }
  const hub = createHub(
    () => world.root,
    () => contextFor(served),
  )
  onTestFinished(hub.close)
  return hub
}

function listener() {
  const got: any[] = []
  const client: Client & { waiting: number; closed: boolean } = {
    waiting: 0,
    closed: false,
    send: (message) => got.push(JSON.parse(String(message.frame()))),
    pending: () => client.waiting,
    close: () => {
      client.closed = true
    },
  }
  return { client, got, types: () => got.map(({ type }) => type) }
}

const say = (world: World, message: string, session = 'm1') =>
  push.run(world.as(session), { status: 'working', message })

test('who joins gets the overview, then changes; a change is written out once for all', async () => {
  const world = createWorld()
  const hub = hubOf(world)
  const [one, two] = [listener(), listener()]
  const frames = new Set<Buffer>()
  for (const { client } of [one, two]) {
    const { send } = client
    client.send = (message) => {
      frames.add(message.frame())
      send(message)
    }
  }
  hub.join(one.client)
  await eventually(() => expect(one.types()).toEqual(['overview']))
  hub.join(two.client)
  expect(two.types()).toEqual(['overview'])
  say(world, 'first')
  await eventually(() => expect(two.types()).toEqual(['overview', 'change']))
  expect(two.got[1].change.sessions.set).toMatchObject([{ session_id: 'm1', message: 'first' }])
  expect(one.got).toEqual(two.got)
  expect(frames.size).toBe(2)
})

test('without clients it does not look, and it begins again with the next', async () => {
  const world = createWorld()
  const hub = hubOf(world)
  expect(hub.counts()).toMatchObject({ clients: 0, looks: 0 })
  const one = listener()
  hub.join(one.client)
  await eventually(() => expect(one.types()).toEqual(['overview']))
  hub.leave(one.client)
  const { looks } = hub.counts()
  say(world, 'unseen')
  await new Promise((resolve) => setTimeout(resolve, 1500))
  expect(hub.counts()).toMatchObject({ clients: 0, looks })
  const two = listener()
  hub.join(two.client)
  await eventually(() => expect(two.got[0]?.overview.sessions).toMatchObject([{ message: 'unseen' }]))
})

test('while nothing happens it only asks for times; an append and an act are seen all the same', async () => {
  const world = createWorld()
  say(world, 'first')
  const hub = hubOf(world)
  const one = listener()
  hub.join(one.client)
  await eventually(() => expect(one.types()).toEqual(['overview']))
  await new Promise((resolve) => setTimeout(resolve, 1300))
  const { looks } = hub.counts()
  await new Promise((resolve) => setTimeout(resolve, 2200))
  expect(hub.counts().looks).toBe(looks)
  const line = {
    timestamp: new Date(world.now).toISOString(),
    session: 'm1',
    status: 'error',
    message: 'by hand',
  }
  fs.appendFileSync(`${world.root}/status/m1_status.json`, `${JSON.stringify(line)}\n`)
  await eventually(() => expect(one.got.at(-1).change.sessions.set).toMatchObject([{ message: 'by hand' }]))
  say(world, 'by coord')
  await eventually(() => expect(one.got.at(-1).change.sessions.set).toMatchObject([{ message: 'by coord' }]))
})

test('who reads too slowly is told nothing until all was read, and then the whole anew', async () => {
  const world = createWorld()
  const hub = hubOf(world)
  const [quick, slow] = [listener(), listener()]
  hub.join(quick.client)
  hub.join(slow.client)
  await eventually(() => expect(slow.types()).toEqual(['overview']))
  slow.client.waiting = 64 << 20
  for (const text of ['a', 'b', 'c']) {
    say(world, text)
    await eventually(() => expect(JSON.stringify(quick.got.at(-1))).toContain(`"message":"${text}"`))
  }
  expect(slow.types()).toEqual(['overview'])
  slow.client.waiting = 0
  await eventually(() => expect(slow.types()).toEqual(['overview', 'overview']))
  expect(slow.got[1].overview.sessions).toMatchObject([{ message: 'c' }])
  say(world, 'd')
  await eventually(() => expect(slow.types()).toEqual(['overview', 'overview', 'change']))
})

test('a room that vanishes is told once, and when it is back its overview', async () => {
  const world = createWorld()
  const hub = hubOf(world)
  const one = listener()
  hub.join(one.client)
  await eventually(() => expect(one.types()).toEqual(['overview']))
  fs.renameSync(world.root, `${world.root}-away`)
  await eventually(() => expect(one.types()).toEqual(['overview', 'gone']))
  const late = listener()
  hub.join(late.client)
  expect(late.types()).toEqual(['gone'])
  await new Promise((resolve) => setTimeout(resolve, 1200))
  fs.renameSync(`${world.root}-away`, world.root)
  await eventually(() => expect(one.types()).toEqual(['overview', 'gone', 'overview']))
  say(world, 'back')
  await eventually(() => expect(late.types()).toEqual(['gone', 'overview', 'change']))
})

test('more than it can serve are turned away', async () => {
  const world = createWorld()
  const hub = hubOf(world)
  const joined = Array.from({ length: 401 }, () => hub.join(listener().client))
  expect(joined.filter(Boolean)).toHaveLength(400)
})
