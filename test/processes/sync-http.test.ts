/** `coord sync` with a remote behind HTTP: as a service that is well, refuses, hangs, or loses its reply. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { coord } from '../helpers/cli.ts'
import { inside } from '../helpers/inside.ts'
import { createRemote, ENV, git, untouched } from '../store/remote/remotes.ts'
import { overHttp } from './http.ts'
import { readJson, roomOf } from './support.ts'

const env = { ...ENV, AI_AGENT: 'none' }

/** Two clones with a session each, `s0` and `s1`, whose remote is served; questions to it end after a second. */
async function served() {
  const remote = createRemote()
  const server = await overHttp(remote, 'secret')
  const clones = []
  for (const at of [0, 1]) {
    const dir = remote.clone(`c${at}`)
    const session = `s${at}`
    const run = (...args: string[]) => coord({ cwd: dir, session, env }, ...args)
    const quickly = (...args: string[]) => inside({ cwd: dir, session, env }, ...args)
    expect(inside({ cwd: dir, env }, 'start', '--id', session)).toMatchObject({ code: 0 })
    // remote.test.ts sets it up by HTTP.
    expect(quickly('remote', 'setup')).toMatchObject({ code: 0 })
    git(dir, 'remote', 'set-url', 'origin', server.url.replace('//', '//coord:secret@'))
    const file = path.join(roomOf(dir), '.state/remote.json')
    fs.writeFileSync(file, JSON.stringify({ ...readJson(file), timeout_ms: 1000 }))
    clones.push({ dir, run, quickly, before: untouched(dir) })
  }
  const [a, b] = clones
  const read = () =>
    b!.quickly('inbox', '--json').json.messages.map(({ subject }: { subject: string }) => subject)
  return { server, a: a!, b: b!, read }
}

test('a message and a session go round; a service that refuses, hangs or breaks off is named, asks nobody, and loses nothing', async () => {
  const { server, a, b, read } = await served()
  const send = (subject: string) => a.quickly('send', 's1', subject, 'x', '--to-unknown', '--json')
  send('first')
  expect((await a.run('sync', '--json')).json).toMatchObject({ ok: true, published: true })
  expect((await b.run('sync', '--json')).json).toMatchObject({ received: { messages: 1 } })
  expect(read()).toEqual(['first'])
  const { sessions } = b.quickly('sessions', '--json').json
  expect(sessions.map(({ session_id }: { session_id: string }) => session_id).sort()).toEqual(['s0', 's1'])

  for (const [mood, trouble, code] of [
    [401, 'unauthorised', 1],
    [403, 'unauthorised', 1],
    [500, 'unreachable', 75],
    ['hang', 'unreachable', 75],
    ['cut', 'unreachable', 75],
  ] as const) {
    server.be(mood)
    send(`while ${mood}`)
    const begun = performance.now()
    const answer = await a.run('sync', '--json')
    const told = { mood, code: answer.code, trouble: answer.json.error?.trouble }
    expect(told, answer.out).toEqual({ mood, code, trouble })
    expect(performance.now() - begun).toBeLessThan(15_000)
    expect(answer.out + answer.err).not.toContain('secret')
  }
  // What failed is found again, each once, in whatever order the rounds come.
  server.be('well')
  for (const clone of [a, b, a, b]) expect((await clone.run('sync', '--json')).code, clone.dir).toBe(0)
  expect(read()).toEqual(['while 401', 'while 403', 'while 500', 'while hang', 'while cut'])

  // The reply to a push is lost after the remote took it, that to a fetch before it is whole.
  send('pushed')
  server.be('cut', '/git-receive-pack')
  await a.run('sync', '--json')
  server.be('cut', '/git-upload-pack')
  const half = await b.run('sync', '--json')
  expect(half.json.ok ? half.json.machines[0].state : half.json.error.trouble).toMatch(/unread|unreach/)
  server.be('well')
  expect(await b.run('sync', '--json')).toMatchObject({ code: 0, json: { received: { messages: 1 } } })
  expect(read()).toEqual(['pushed'])
  expect((await a.run('sync', '--json')).json).toMatchObject({ ok: true, notes: [] })
  for (const { dir, before } of [a, b]) expect(untouched(dir)).toEqual(before)
  expect(server.asked()).toBeGreaterThan(20)
})
