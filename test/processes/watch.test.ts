/** `coord watch` on real terminals: what is seen, what keys do, and that the terminal is given back as it was. */
import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { expect, test, vi } from 'vitest'
import { makeRoom, type Room, real } from '../cli/rooms.ts'
import { cleanEnvironment, coord } from '../helpers/cli.ts'
import { BIN } from './support.ts'
import { Tmux } from './tmux.ts'

const until = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 50 })
const run = (room: Room, session: string, ...args: string[]) => coord({ cwd: room.dir, session }, ...args)

/** A terminal of 80×24 in a room, with `coord watch` under way. */
async function watching(...sessions: string[]) {
  const room = await makeRoom(...sessions)
  for (const id of sessions) await run(room, id, 'heartbeat', 'building', `work-${id}`)
  const server = new Tmux(room.dir)
  await server.ready()
  const pane = server.pane()
  server.tmux('resize-window', '-t', pane, '-x', '80', '-y', '24')
  const file = (name: string) => path.join(room.dir, name)
  const type = (line: string) => server.type(pane, line)
  const seen = () => server.tmux('capture-pane', '-p', '-t', pane)
  const flags = () => server.tmux('display-message', '-p', '-t', pane, '#{alternate_on} #{cursor_flag}')
  const begin = async (options = '') => {
    fs.rmSync(file('code'), { force: true })
    type(`stty -a > before; NODE_OPTIONS='${options}' '${process.execPath}' '${BIN}' watch; echo $? > code`)
    await until(() => expect(seen()).toContain('? help  q quit'))
    expect(flags()).toBe('1 0')
  }
  /** Whether it ended with an exit code, and the terminal is as it was. */
  const clean = async (code: string) => {
    await until(() =>
      expect(fs.existsSync(file('code')) && fs.readFileSync(file('code'), 'utf8')).toBe(`${code}\n`),
    )
    type('stty -a > after; touch done')
    await until(() => expect(fs.existsSync(file('done'))).toBe(true))
    fs.rmSync(file('done'))
    expect(fs.readFileSync(file('after'), 'utf8')).toBe(fs.readFileSync(file('before'), 'utf8'))
    expect(flags()).toBe('0 1')
  }
  const press = (...keys: string[]) => server.tmux('send-keys', '-t', pane, ...keys)
  return { room, server, pane, type, seen, flags, begin, clean, press, file }
}

/** The process of the screen, by its parent, the shell of the pane. */
function pidOf({ server, pane }: Awaited<ReturnType<typeof watching>>): number {
  const shell = server.tmux('display-message', '-p', '-t', pane, '#{pane_pid}')
  return Number(fs.readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim().split(' ').at(-1))
}

real('tmux')(
  'shows sessions and messages as they come, sends, answers, filters, and leaves a clean terminal',
  async () => {
    const view = await watching('ann')
    const { room, seen, press, begin, clean } = view
    await begin()
    expect(seen()).toContain('1 session, nothing needs you')
    await run(room, 'ann', 'heartbeat', 'blocked', 'dashboard', '--message', 'waits for keys \u001b[31m')
    await until(() => expect(seen()).toMatch(/^› ■ ● ann|^›■ ann is blocked/m))
    expect(seen()).toContain('\\u{1b}[31m')
    await coord({ cwd: room.dir }, 'start', '--id', 'ben', '--work', 'handbook')
    await until(() => expect(seen()).toMatch(/● ben +handbook/))
    await run(room, 'ben', 'send', 'human', 'merge now?', 'all is green', '--ack')
    await until(() => expect(seen()).toContain('↩ ben → human  merge now?: all is green'))

    press('m')
    await until(() => expect(seen()).toMatch(/^to \w+: ▏ {2}enter sends as human/m))
    press('Tab')
    await until(() => expect(seen()).toContain('to all: '))
    press('-l', 'stop, please ü')
    press('Enter')
    await until(() => expect(seen()).toContain('human → broadcast  stop, please ü'))
    press('g')
    press('r')
    await until(() => expect(seen()).toMatch(/^answer ben: /m))
    press('-l', 'yes')
    press('Enter')
    await until(() => expect(seen()).toContain('human → ben  Re: merge now?: yes'))
    const { json } = await coord({ cwd: room.dir, session: 'ben' }, 'inbox', '--json')
    expect(json.messages.map(({ from, subject }: any) => [from, subject])).toEqual([
      ['human', 'stop, please ü'],
      ['human', 'Re: merge now?'],
    ])

    press('/')
    press('-l', 'handbook')
    press('Enter')
    await until(() => expect(seen()).not.toMatch(/● ann/))
    expect(seen()).toMatch(/● ben/)
    press('Escape')
    await until(() => expect(seen()).toMatch(/● ann/))
    press('q')
    await clean('0')
  },
)

real('tmux')(
  'a question and an alert are acknowledged where they stand, a request shows and goes, a roll call is told',
  async () => {
    const { room, seen, press, begin, clean } = await watching('ann', 'ben')
    await begin()
    await until(() => expect(seen()).toMatch(/^.! ann and ben work in /m))
    await run(room, 'ben', 'send', 'human', 'merge now?', 'all is green', '--ack')
    await until(() => expect(seen()).toMatch(/^.↩ ben asks: "merge now\?"/m))
    expect(seen()).toMatch(/\? ● ben/)
    press('g')
    await until(() => expect(seen()).toContain('r answers, a only acknowledges'))
    expect(seen()).toContain('a ack')
    press('a')
    await until(() => expect(seen()).not.toContain('ben asks'))
    await until(() => expect(seen()).toMatch(/▶ ● ben/))
    await until(() => expect(seen()).toContain('a acknowledges it'))
    press('a')
    await until(() => expect(seen()).not.toContain('ann and ben work in'))
    await run(room, 'ann', 'claim', 'droplet', 'page')
    await run(room, 'ben', 'request', 'droplet', 'page', '--reason', 'a fix')
    await until(() => expect(seen()).toMatch(/⇄ ben asks ann for droplet\/page/))
    const { json } = await run(room, 'ann', 'request', '--list', '--json')
    await run(room, 'ann', 'request', '--grant', json.requests[0].id)
    await until(() => expect(seen()).not.toContain('ben asks ann'))
    await until(() => expect(seen()).toContain('⇄ 1 request, 0 open'))
    await run(room, 'ann', 'rollcall', 'who is there?')
    await until(() => expect(seen()).toContain('roll call: 0 of 1 answered'))
    press('q')
    await clean('0')
  },
)

real('tmux')('fits its terminal, and comes back whole after Ctrl-Z', async () => {
  const { server, pane, seen, press, begin, clean, flags, type, file } = await watching('ann', 'ben')
  await begin()
  for (const [columns, rows] of [
    ['120', '40'],
    ['60', '16'],
    ['80', '24'],
  ]) {
    server.tmux('resize-window', '-t', pane, '-x', columns!, '-y', rows!)
    await until(() => {
      const lines = seen().split('\n')
      expect(lines[0]).toMatch(/^coord .* 2 sessions, /)
      expect(lines[0]!.trimEnd().length).toBe(Number(columns))
      expect(lines[Number(rows) - 1]).toMatch(/^↑↓ move/)
    })
  }
  press('C-z')
  await until(() => expect(flags()).toBe('0 1'))
  await until(() => expect(fs.existsSync(file('code'))).toBe(true))
  fs.rmSync(file('code'))
  type('echo back-$((40+2))')
  await until(() => expect(seen()).toContain('back-42'))
  type('fg; echo $? > code')
  await until(() => expect(seen()).toContain('2 sessions, '))
  expect(flags()).toBe('1 0')
  press('j')
  await until(() => expect(seen()).toMatch(/^›. . ben|^›. . ann/m))
  press('C-c')
  await clean('130')
})

real('tmux')(
  'gives the terminal back when it is ended or crashes, and says when the room is gone and back',
  async () => {
    const view = await watching('ann')
    const { room, seen, begin, clean, file } = view
    for (const [signal, code] of [
      ['SIGTERM', '143'],
      ['SIGHUP', '129'],
    ] as const) {
      await begin()
      process.kill(pidOf(view), signal)
      await clean(code)
    }
    fs.writeFileSync(file('crash.cjs'), "process.on('SIGUSR2', () => { throw new Error('planted') })")
    await begin(`--require ${file('crash.cjs')}`)
    process.kill(pidOf(view), 'SIGUSR2')
    await clean('1')
    expect(seen()).toContain('Error: planted')
    await begin()
    fs.renameSync(room.root, file('elsewhere'))
    await until(() => expect(seen()).toContain("the room can't be read, shown as it was"))
    expect(seen()).toContain('ann')
    fs.renameSync(file('elsewhere'), room.root)
    await until(() => expect(seen()).toContain('1 session, '))
    process.kill(pidOf(view), 'SIGTERM')
    await clean('143')
  },
)

/** `coord watch` into a pipe; its lines as they come. */
function piped(room: Room, ...args: string[]) {
  const child = execa(process.execPath, [BIN, 'watch', ...args], {
    cwd: room.dir,
    env: cleanEnvironment(),
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  })
  const lines: string[] = []
  child.stdout.on('data', (chunk: Buffer) => lines.push(...String(chunk).split('\n').filter(Boolean)))
  return { child, lines }
}

test('piped, it says all that is there and then a line for each change, and ends with the signal', async () => {
  const room = await makeRoom('ann')
  const { child, lines } = piped(room)
  const said = (pattern: RegExp) => until(() => expect(lines.join('\n')).toMatch(pattern))
  await said(/^\d\d:\d\d:\d\dZ {2}session {2}ann {2}/m)
  await run(room, 'ann', 'claim', 'file', 'a.ts')
  await said(/claim {2}file\/a\.ts {2}ann {2}until /)
  await run(room, 'ann', 'send', 'broadcast', 'tests passing', 'all\u001b[2J of them')
  await said(/message {2}ann → broadcast {2}tests passing: all\\u\{1b\}\[2J of them/)
  await run(room, 'ann', 'release', 'file', 'a.ts', '--no-announce')
  await said(/claim {2}file\/a\.ts {2}free/)
  child.kill('SIGTERM')
  const { exitCode, stderr } = await child
  expect({ exitCode, stderr }).toEqual({ exitCode: 143, stderr: '' })
})

test('with --json each line is an object: the overview, then changes, then that the room is gone', async () => {
  const room = await makeRoom('ann')
  const { child, lines } = piped(room, '--json')
  const objects = () => lines.map((line) => JSON.parse(line))
  await until(() => expect(objects()).toHaveLength(1))
  expect(objects()[0]).toMatchObject({
    ok: true,
    type: 'overview',
    overview: { sessions: [{ session_id: 'ann' }] },
  })
  await coord({ cwd: room.dir }, 'push', 'working', 'half way', '0.5', '--session', 'nightly')
  await until(() =>
    expect(objects()[1]).toMatchObject({
      ok: true,
      type: 'change',
      change: { sessions: { set: [{ label: 'nightly' }] } },
    }),
  )
  fs.rmSync(room.root, { recursive: true })
  await until(() => expect(objects().at(-1)).toEqual({ ok: true, type: 'gone' }))
  child.kill('SIGINT')
  expect((await child).exitCode).toBe(130)
})
