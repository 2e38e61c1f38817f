/** @jsxImportSource react */
/** `coord watch` on a terminal: looks at the room, hears the keys, and draws when either says something new. */
import { EventEmitter } from 'node:events'
import path from 'node:path'
import { render, useInput } from 'ink'
import { looks } from '../../operations/looks.ts'
import { looker, type Watched } from '../../operations/watch.ts'
import { perform } from './acts.ts'
import { App } from './app.tsx'
import { keysOf, PASTE, PASTED } from './input.ts'
import { press } from './keys.ts'
import { type Shown, screenOf } from './screen.ts'
import { type Effect, START, type State } from './state.ts'
import { terminalOf } from './terminal.ts'

/** Until `q` (0), a signal or Ctrl-C (null). Throws what the first look throws, before anything is drawn. */
export async function show(watched: Watched): Promise<number | null> {
  const look = looker(watched.contextOf)
  const first = look().result
  if ('gone' in first) throw new Error(first.gone)
  const ended = new AbortController()
  const end = () => ended.abort()
  watched.signal.addEventListener('abort', end)
  const screen = openScreen(
    watched,
    { overview: first.overview, gone: null, now: 0, title: titleOf(watched.root) },
    end,
  )
  try {
    await follow(watched.root, look, screen, ended.signal)
  } finally {
    screen.close()
    watched.signal.removeEventListener('abort', end)
  }
  const code = screen.code()
  return watched.signal.aborted ? null : code
}

/** The directory that the room is for. */
const titleOf = (root: string) => (path.basename(root) === 'COORDINATION' ? path.dirname(root) : root)

async function follow(
  root: string,
  look: ReturnType<typeof looker>,
  screen: ReturnType<typeof openScreen>,
  signal: AbortSignal,
): Promise<void> {
  let drawn: object | null = null
  for await (const { result } of looks(root, look, signal)) {
    if (result !== drawn) screen.see(result)
    drawn = result
  }
}

/** The screen: what it shows, and what the keys do to it. */
function openScreen(watched: Watched, first: Shown, end: () => void) {
  const { stdin, stdout, contextOf, colours } = watched
  const terminal = terminalOf(watched)
  let shown = first
  let state = START
  let code: number | null = 0
  let failure: { error: unknown } | null = null
  const fail = (error: unknown) => {
    failure ??= { error }
    end()
  }
  const clock = contextOf()
  const size = () => [stdout.columns || 80, stdout.rows || 24] as const
  const now = () => screenOf({ ...shown, now: clock.now().wall }, state, ...size())
  let screen = now()
  const draw = () => {
    screen = now()
    ink.rerender(tree())
  }
  const set = (next: State) => {
    state = next
  }
  const effect = (wanted: Effect) => {
    if (wanted.kind === 'quit') {
      code = wanted.code
      end()
    } else if (wanted.kind === 'stop') stop()
    else set({ ...state, notice: perform(contextOf, wanted) })
  }
  const hear: Hear = (input, key) => {
    try {
      heard(input, key)
    } catch (error) {
      fail(error)
    }
  }
  const heard: Hear = (input, key) => {
    if (input === PASTE || input === PASTED) return set({ ...state, pasting: input === PASTE })
    for (const each of keysOf(input, key, state.pasting)) {
      const sight = { overview: shown.overview, page: Math.max(1, screen.layout.body - 2), most: screen.most }
      const pressed = press(state, each, sight)
      set(pressed.state)
      if (pressed.effect) effect(pressed.effect)
    }
    draw()
  }
  const tree = () => <Screen screen={screen} colours={colours} hear={hear} />
  const { stop, close } = guard(terminal, () => draw(), stdout)
  terminal.enter()
  const ink = render(tree(), { ...frames(terminal.draw, size), stdin, debug: true, exitOnCtrlC: false })
  ink.waitUntilExit().catch(fail)
  return {
    /** How it ended. Throws what went wrong while a key was heard or a part drawn. */
    code() {
      if (failure) throw failure.error
      return code
    },
    see(result: ReturnType<ReturnType<typeof looker>>['result']) {
      shown = 'gone' in result ? { ...shown, gone: result.gone } : { ...shown, ...result, gone: null }
      draw()
    },
    close() {
      terminal.leave()
      ink.unmount()
      close()
    },
  }
}

type Hear = Parameters<typeof useInput>[0]

function Screen({ hear, ...shown }: Parameters<typeof App>[0] & { hear: Hear }) {
  useInput(hear)
  return <App {...shown} />
}

/** What Ink writes to: whole frames, of which the terminal gets what is new. */
function frames(draw: (frame: string) => void, size: () => readonly [number, number]) {
  const write = (frame: string) => {
    draw(frame)
    return true
  }
  const stream = Object.assign(new EventEmitter(), { write })
  Object.defineProperty(stream, 'columns', { get: () => size()[0] })
  Object.defineProperty(stream, 'rows', { get: () => size()[1] })
  return { stdout: stream as unknown as NodeJS.WriteStream, stderr: stream as unknown as NodeJS.WriteStream }
}

/** The terminal is given back at a stop, a crash and the end, and taken again when the process goes on. */
function guard(terminal: ReturnType<typeof terminalOf>, draw: () => void, stdout: NodeJS.WriteStream) {
  const leave = () => terminal.leave()
  const resume = () => {
    terminal.enter()
    terminal.forget()
    draw()
  }
  const resize = () => {
    terminal.forget()
    draw()
  }
  const stop = () => {
    terminal.leave()
    process.kill(0, 'SIGTSTP')
  }
  process.on('SIGCONT', resume)
  process.on('exit', leave)
  process.on('uncaughtExceptionMonitor', leave)
  stdout.on('resize', resize)
  const close = () => {
    process.off('SIGCONT', resume)
    process.off('exit', leave)
    process.off('uncaughtExceptionMonitor', leave)
    stdout.off('resize', resize)
  }
  return { stop, close }
}
