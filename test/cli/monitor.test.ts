/** `coord monitor` as people and cron run it, and names that only push, on every face of the command line. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { coord, shell } from '../helpers/cli.ts'
import { changes, makeRoom, minutesLater, NOW, type Room, said } from './rooms.ts'

const push = (room: Room, minutes: number, name: string, ...args: string[]) =>
  coord({ cwd: room.dir, env: minutesLater(minutes) }, 'push', ...args, '--session', name)
const monitor = (room: Room, minutes: number, ...args: string[]) =>
  coord({ cwd: room.dir, env: minutesLater(minutes) }, 'monitor', ...args)

async function guideRoom() {
  const room = await makeRoom()
  await push(room, 4, 'worker3', 'working', 'Long test', '0.4')
  await push(room, 5, 'manager1', 'working', 'Collecting', '0.5', '160')
  await push(room, 9, 'manager1', 'working', 'Compiling status report', '0.75', '160')
  await push(room, 9, 'qa_tester1', 'error', 'Failed: timeout')
  await push(room, 9, 'writer', 'idle', 'Waiting for tasks')
  return room
}

test('the summary tells totals, then who needs somebody, who is stale, who works and how far it is', async () => {
  const room = await guideRoom()
  expect(said(await monitor(room, 10, '--once')).split('\n')).toEqual([
    'total sessions: 4  10:10:00Z',
    'by status: error 1, working 2 (1 stale), idle 1',
    'error (1)',
    '  !  qa_tester1                   Failed: timeout                   1m ago',
    'stale (1)',
    '  ◐  worker3  ████░░░░░░  40%  no update for 6.0 minutes: Long test',
    'working (1)',
    '  ▶  manager1    ███████░░░  75%  Compiling status report  3m left  1m ago',
    'idle (1)',
    '  –  writer                       Waiting for tasks                 1m ago',
  ])
})

test('looking once touches nothing, and with --exit-code tells the worst state', async () => {
  const room = await makeRoom()
  expect(
    said(await monitor(room, 0, '--once'))
      .split('\n')
      .at(-1),
  ).toContain('coord start')
  const before = room.everything()
  const codes = [(await monitor(room, 0, '--exit-code')).code]
  await push(room, 0, 'a', 'working', 'x')
  codes.push((await monitor(room, 5, '--exit-code')).code)
  codes.push((await monitor(room, 15, '--exit-code', '--json')).code)
  await push(room, 15, 'a', 'error', 'x')
  codes.push((await monitor(room, 15, '--exit-code')).code, (await monitor(room, 15, '--once')).code)
  expect(codes).toEqual([0, 10, 11, 12, 0])
  expect(
    changes(before, room.everything()).filter((file) => !/^(status|index|STATUS|\.state\/board)/.test(file)),
  ).toEqual([])
})

test('--json has the totals of the guide, rows, and what somebody should know', async () => {
  const room = await guideRoom()
  const { json } = await monitor(room, 10, '--once', '--json')
  expect(json).toMatchObject({
    ...{ ok: true, now: '2026-11-20T10:10:00.000Z', severity: 'critical', gone_sessions: [] },
    summary: {
      ...{ total_sessions: 4, by_status: { working: 2, error: 1, idle: 1 } },
      ...{
        working_sessions: ['worker3', 'manager1'],
        error_sessions: ['qa_tester1'],
        stale_sessions: ['worker3'],
      },
    },
  })
  expect(json.conditions.map(({ kind, session_id }: Record<string, string>) => [kind, session_id])).toEqual([
    ['error', 'qa_tester1'],
    ['stale', 'worker3'],
  ])
  expect(json.sessions[2]).toMatchObject({
    session_id: 'manager1',
    progress: 0.75,
    task_id: '160',
    eta: expect.any(String),
  })
})

describe('alerts', () => {
  test('go to a command, the JSON on its standard input, and once only, also where two monitors look at once', async () => {
    const room = await guideRoom()
    const tell = () => monitor(room, 10, '--once', '--quiet', '--exec', 'cat >> told.jsonl')
    for (const answer of await Promise.all([tell(), tell()])) expect(said(answer)).toBe('')
    await tell()
    const told = fs
      .readFileSync(path.join(room.dir, 'told.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(told).toHaveLength(2)
    expect(told.find(({ kind }) => kind === 'error')).toEqual({
      ...{
        id: '2026-11-20_10-09-00-000-error-qa_tester1',
        kind: 'error',
        session_id: 'qa_tester1',
        severity: 'critical',
      },
      ...{ text: 'qa_tester1 reports an error: "Failed: timeout"', room: room.root },
      ...{ at: '2026-11-20T10:10:00.000Z', since: '2026-11-20T10:09:00.000Z', closed_at: null },
    })
    expect(room.files('alerts')).toHaveLength(2)
  })

  test.each([
    [[], { out: 'heard\n', err: 'oops\n' }],
    [['--json'], { out: '', err: 'oops\n' }],
  ])(
    'what the command writes is passed on with %j, but for what JSON has no place for',
    async (more, wanted) => {
      const room = await makeRoom()
      await push(room, 0, 'a', 'error', 'x')
      const { code, out, err } = await monitor(
        room,
        1,
        ...['--once', '--quiet', '--exec', 'echo heard; echo oops >&2', ...more],
      )
      expect([code, err]).toEqual([0, wanted.err.trim()])
      expect(out.includes('heard')).toBe(wanted.out !== '')
      if (more.length > 0) expect(JSON.parse(out)).toMatchObject({ ok: true })
    },
  )

  test('--tmux says once of whom it finds no pane', async () => {
    const room = await makeRoom('one')
    const { code, err } = await coord(
      { cwd: room.dir, env: minutesLater(10) },
      ...['push', 'working', 'x', '--session', 'one'],
    ).then(() => coord({ cwd: room.dir, env: minutesLater(20) }, 'monitor', '--once', '--tmux'))
    expect([code, err]).toEqual([
      0,
      'coord: --tmux finds no pane of one: it was not started in a tmux that runs here',
    ])
  })

  test('what a session says is text to the command, never part of it', async () => {
    const room = await makeRoom()
    await push(room, 0, 'a', 'error', '"; touch evil; $(touch evil)')
    said(await monitor(room, 1, '--once', '--quiet', '--exec', 'cat >/dev/null'))
    expect(fs.existsSync(path.join(room.dir, 'evil'))).toBe(false)
  })

  test('go to a webhook; one that fails is said, and does not fail the monitor', async () => {
    const room = await guideRoom()
    const got: string[] = []
    const server = http.createServer((request, response) => {
      let body = ''
      request.on('data', (part) => {
        body += part
      })
      request.on('end', () => {
        got.push(`${request.method} ${request.headers['content-type']} ${JSON.parse(body).kind}`)
        response.writeHead(request.url === '/bad' ? 500 : 204).end()
      })
    })
    onTestFinished(() => void server.close())
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    said(await monitor(room, 10, '--once', '--webhook', url))
    expect(got).toEqual(['POST application/json error', 'POST application/json stale'])
    const { code, err } = await monitor(room, 10, '--once', '--webhook', `${url}/bad`)
    expect([code, err]).toEqual([0, `coord: the webhook at ${new URL(url).host} answered 500`])
  })

  test.each([
    [['--webhook', 'nowhere'], 'webhook'],
    [['--webhook', 'file:///etc/passwd'], 'webhook'],
    [['--interval', '0'], 'interval'],
    [['--interval', '5x'], 'interval'],
    [['--interval', '10ms'], 'interval'],
  ])('%j is refused', async (args, argument) => {
    const room = await makeRoom()
    const { code, json } = await monitor(room, 0, ...args, '--json')
    expect([code, json.error.argument]).toEqual([2, argument])
  })
})

describe('names that only push', () => {
  /** The original writers, as the guide has them. */
  const BASH = `echo '{"timestamp":"'$(date -u +"%Y-%m-%dT%H:%M:%SZ")'","session":"shelly","status":"working","progress":0.5,"message":"Current activity"}' >> data/session_status/shelly_status.json`
  const PYTHON = `
import json
from datetime import datetime
from pathlib import Path

def push_status(session, status, message, progress=None, task_id=None, metadata=None):
    status_file = Path(f"data/session_status/{session}_status.json")
    status_file.parent.mkdir(parents=True, exist_ok=True)
    update = {"timestamp": datetime.utcnow().isoformat() + "Z", "session": session, "status": status, "message": message}
    if progress is not None:
        update["progress"] = progress
    if task_id is not None:
        update["task_id"] = task_id
    with open(status_file, "a") as f:
        f.write(json.dumps(update) + "\\n")

push_status("manager1", "working", "Querying database", progress=0.3, task_id="160")
`

  test('by the original writers, in a directory of their own, are on every face', async () => {
    const room = await makeRoom()
    said(await room.plain('config', 'set', 'compat.statusDir', 'data/session_status'))
    execFileSync('python3', ['-W', 'ignore', '-c', PYTHON], { cwd: room.dir })
    expect((await shell({ cwd: room.dir }, BASH)).code).toBe(0)
    const now = (...args: string[]) => coord({ cwd: room.dir }, ...args).then(said)
    expect(await now('status')).toMatch(/▶ {2}manager1 {2}● {2}Querying database {2}working {2}30% {2}/)
    expect(await now('sessions')).toContain('Current activity')
    expect(await now('monitor', '--once')).toMatch(/▶ {2}shelly {4}█████░░░░░ {2}50% {2}Current activity/)
    expect(await now('history', 'manager1')).toMatch(
      /^\d\d:\d\d:\d\dZ {2}working {2}Querying database \(30%\)$/,
    )
    expect(await now('history', '--all')).toContain('Current activity')
    expect(await now('board', '--print')).toContain('### shelly\n- **Status:** Working\n')
    expect(fs.readdirSync(path.join(room.dir, 'data/session_status')).sort()).toEqual([
      'manager1_status.json',
      'shelly_status.json',
    ])
  })

  test('are among the sessions until they are quiet for half an hour, then in the history alone', async () => {
    const room = await makeRoom('one')
    await push(room, 0, 'ops', 'blocked', 'waiting for keys', '--meta', 'target=deploy')
    const at = async (minutes: number) =>
      (await coord({ cwd: room.dir, env: minutesLater(minutes) }, 'status', '--json')).json
    const seen = await at(2)
    expect(seen.unregistered).toEqual([])
    expect(seen.sessions).toContainEqual(
      expect.objectContaining({
        session_id: 'ops',
        registered: false,
        state: 'blocked',
        current_work: 'deploy',
      }),
    )
    expect(seen.needs).toMatchObject([
      { kind: 'blocked', text: 'ops is blocked 2m on deploy: "waiting for keys"', act: null },
    ])
    const later = await at(30)
    expect([later.unregistered, later.sessions.length, later.needs]).toEqual([[], 1, []])
    expect(said(await room.later(31, 'one', 'history', 'ops'))).toContain('waiting for keys')
  })
})

test('nothing of what a name says is obeyed by the terminal', async () => {
  const room = await makeRoom()
  fs.writeFileSync(
    path.join(room.root, 'status/evil_status.json'),
    `${JSON.stringify({ timestamp: NOW, session: 'evil', status: 'wor\u001b[2Jking', message: '\u001b]0;x\u0007hello' })}\n`,
  )
  const page = said(await monitor(room, 1, '--once'))
  expect(page).not.toMatch(/[\u001b\u0007]/)
  expect(page).toContain('other (1)')
})
