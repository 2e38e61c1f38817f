/** Who is acting, by the terminal: panes of a real tmux server. */
import { expect, test } from 'vitest'
import { repository } from './support.ts'
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
