/** What only a terminal tells, in panes of a real tmux server: who is acting, and how wide a refusal may be. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { coord } from '../helpers/cli.ts'
import { BIN, repository } from './support.ts'
import { Tmux } from './tmux.ts'

test('each tmux pane is a session of its own, and stays it when its shell is replaced', async () => {
  const dir = repository()
  const server = new Tmux(dir)
  await server.ready()
  const left = server.pane()
  expect((await server.coord(left, 'start --id left')).session.tty).toMatch(/^tmux \d+ %\d+$/)
  const right = server.pane()
  await server.coord(right, 'start --id right')
  for (const [pane, id] of [
    [left, 'left'],
    [right, 'right'],
  ] as const) {
    expect(await server.coord(pane, 'whoami')).toMatchObject({
      session: { session_id: id },
      source: 'ancestry',
    })
  }
  expect((await server.coord(server.pane(), 'whoami')).error.code).toBe('no_session')
  server.tmux('respawn-pane', '-k', '-t', left, '-c', dir, 'bash --norc --noprofile')
  expect(await server.coord(left, 'whoami')).toMatchObject({
    session: { session_id: 'left' },
    source: 'terminal',
  })
  expect((await server.coord(left, 'whoami', 'CLAUDECODE=1')).error.code).toBe('no_session')
})

test('a refusal is broken between words at the width of the terminal, at 80 columns where it tells none, and never in a file', async () => {
  const dir = repository()
  await coord({ cwd: dir }, 'start', '--id', 'ada')
  await coord({ cwd: dir }, 'start', '--id', 'two')
  await coord({ cwd: dir, session: 'ada' }, 'claim', 'droplet', 'church-guidance')
  const server = new Tmux(dir)
  await server.ready()
  const pane = server.pane()
  const script = path.join(dir, 'refused.sh')
  const claim = `COORD_SESSION=two '${process.execPath}' '${BIN}' claim droplet church-guidance`
  fs.writeFileSync(script, `clear; ${claim}; ${claim} 2>refusal; touch over\n`)
  /** What the pane shows of a refusal, and what went into a file. */
  const refused = async () => {
    fs.rmSync(path.join(dir, 'over'), { force: true })
    server.type(pane, '. ./refused.sh')
    await expect.poll(() => fs.existsSync(path.join(dir, 'over')), { timeout: 20_000 }).toBe(true)
    const shown = server.tmux('capture-pane', '-p', '-t', pane).split('\n')
    return { shown: shown.slice(0, shown.findLastIndex((line) => /gone for good|for good$/.test(line)) + 1) }
  }
  const widest = (lines: string[]) => Math.max(...lines.map((line) => line.length))
  const words = (text: string) =>
    text
      .split(/\s+/)
      .filter(Boolean)
      .join(' ')
      .replace(/seen \S+ ago/g, 'seen')
  const file = () => fs.readFileSync(path.join(dir, 'refusal'), 'utf8')

  const wide = (await refused()).shown
  expect(wide).toHaveLength(3)
  expect(words(wide.join(' '))).toBe(words(file()))
  server.tmux('resize-window', '-t', pane, '-x', '50', '-y', '50')
  const narrow = (await refused()).shown
  expect(narrow.length).toBeGreaterThan(5)
  expect(words(narrow.join(' '))).toBe(words(file()))
  expect(file().split('\n')).toHaveLength(4)
  server.tmux('resize-window', '-t', pane, '-x', '200', '-y', '50')
  // tmux tells the terminal of a new size in its own time, which would undo what is set here.
  server.type(pane, 'until [ "$(stty size)" = "50 200" ]; do sleep 0.05; done; stty cols 0')
  const unknown = (await refused()).shown
  expect(words(unknown.join(' '))).toBe(words(file()))
  expect(widest(unknown)).toBeLessThanOrEqual(80)
  expect(unknown.length).toBeGreaterThan(3)
})
