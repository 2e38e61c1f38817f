/** The lines by which coord is started, and how they are known again. */
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { newHook, withHook, withoutHook } from '../../src/protocol/agents/git-hook-text.ts'
import {
  GIT_HOOKS,
  gitLines,
  handlerFor,
  hookLine,
  isOwnHandler,
  isOwnStatusLine,
  programsOf,
  shellLine,
} from '../../src/protocol/agents/lines.ts'
import { AGENTS, agentNamed, entriesFor } from '../../src/protocol/agents/table.ts'
import { hooksOff, untrusted } from '../../src/protocol/agents/toml-text.ts'
import { ADAPTERS } from '../../src/protocol/hooks/adapters.ts'
import { VENDORS } from '../../src/protocol/hooks/event.ts'

const PROGRAMS = { node: '/usr/bin/node', coord: '/opt/coord/bin/coord.cjs' }
const ODD = { node: "/home/it's me/node", coord: '/a b/$(x)/coord.cjs' }

test.each(AGENTS)(
  "$name: its lines are known as ours, tell their programs, and are no other agent's",
  (agent) => {
    for (const programs of [PROGRAMS, ODD]) {
      const handler = handlerFor(agent, programs, 'linux') as { command: string }
      expect(isOwnHandler(handler, agent.name)).toBe(true)
      expect(programsOf(handler.command)).toEqual(programs)
      for (const { name } of AGENTS) expect(isOwnHandler(handler, name)).toBe(name === agent.name)
      execFileSync('/bin/sh', ['-n', '-c', handler.command])
      expect(isOwnHandler(handlerFor(agent, programs, 'win32'), agent.name)).toBe(true)
    }
    expect(isOwnHandler(handlerFor(agent, null, 'linux'), agent.name)).toBe(true)
    expect(programsOf(String(handlerFor(agent, null, 'linux').command))).toBe(null)
  },
)

test.each<[handler: unknown, own: boolean]>([
  [{ command: shellLine(PROGRAMS, 'hook claude') }, true],
  [{ command: shellLine(null, 'hook claude') }, true],
  [{ command: hookLine(null, 'claude') }, true],
  [{ command: hookLine(null, 'codex') }, false],
  [{ command: `${hookLine(null, 'claude')}; mine` }, false],
  [{ command: `/bin/sh -c '${shellLine(PROGRAMS, 'hook claude')}'` }, true],
  [{ command: 'C:\\n\\node.exe', args: ['C:\\c\\coord.cjs', 'hook', 'claude'] }, true],
  [{ command: '& "C:\\n\\node.exe" "C:\\c\\coord.cjs" hook claude' }, true],
  [{ command: 'coord hook claude' }, false],
  [{ command: 'tee -a ~/my.log | coord hook claude' }, false],
  [{ command: `tee -a ~/my.log | (${shellLine(PROGRAMS, 'hook claude')})` }, false],
  [{ command: `${shellLine(null, 'hook claude')} | tee -a ~/my.log` }, false],
  [{ command: '[ -x /bin/tee ] && tee -a ~/my.log | coord hook claude' }, false],
  [{ command: 'nice coord hook claude --x' }, false],
  [{ command: '/usr/bin/env', args: ['-u', 'X', '/n', '/c/coord.cjs', 'hook', 'claude'] }, false],
  [{ command: 'mycoord hook claude' }, false],
  [{ command: 'coord hook claudette' }, false],
  [{ command: 'coord status' }, false],
  [{ type: 'prompt', prompt: 'coord hook claude' }, false],
  [{ command: 5, args: 'coord hook claude' }, false],
  [null, false],
  ['coord hook claude', false],
])('%j is ours: %s', (handler, own) => {
  expect(isOwnHandler(handler, 'claude')).toBe(own)
})

test.each<[command: unknown, own: boolean]>([
  [shellLine(PROGRAMS, 'statusline'), true],
  [shellLine(ODD, 'statusline'), true],
  [shellLine(null, 'statusline'), true],
  ['coord statusline', false],
  ['[ -x /bin/tee ] && tee ~/my.log | coord statusline', false],
  ['in=$(cat); echo "$in" | mine; echo "$in" | coord statusline', false],
  [7, false],
])('a status line %j is ours: %s', (command, own) => {
  expect(isOwnStatusLine({ type: 'command', command })).toBe(own)
})

test('of the events, only those that every released version knows; the end has the shorter time', () => {
  const claude = agentNamed('claude')!
  const times = entriesFor(claude, { command: 'x' }).map(([event, { hooks }]) => [
    event,
    (hooks as any)[0].timeout,
  ])
  expect(Object.fromEntries(times)).toMatchObject({ Stop: 5, SessionEnd: 3 })
  // Versions without StopFailure pass over a whole file that has it.
  expect(claude.events.flat()).not.toContain('StopFailure')
  expect(agentNamed('git')).toBe(undefined)
})

/** Events that are read where others send them, and never asked for. */
const READ_ONLY: Record<string, string[]> = {
  claude: ['StopFailure'], // Versions without it pass over a whole file that has it.
  codex: ['Interrupt'],
  cursor: ['afterShellExecution'], // postToolUse tells of shells too, and takes an answer.
  gemini: [],
}
const toolsOf = (matcher: string) =>
  matcher
    .replace(/^\^\(|\)\$$/g, '')
    .split('|')
    .sort()

test.each(AGENTS)('$title: each event that is written is read, with the same tools', ({ name, events }) => {
  const adapter = ADAPTERS[name as keyof typeof ADAPTERS]
  const written = events.map(([event]) => event)
  expect(written.toSorted()).toEqual(
    Object.keys(adapter.events)
      .filter((event) => !READ_ONLY[name]!.includes(event))
      .sort(),
  )
  const all = [...adapter.writes, ...adapter.shells].sort()
  for (const [event, matcher] of events) {
    const kind = adapter.events[event]!
    const own = event === 'beforeShellExecution' || event === 'Notification'
    if (['before-tool', 'after-tool', 'permission'].includes(kind) && !own) {
      // What Cursor's shells are to run comes with an event of its own.
      const wanted = event === 'preToolUse' ? adapter.writes.toSorted() : all
      expect([event, toolsOf(matcher ?? '')]).toEqual([event, wanted])
    } else if (matcher !== undefined)
      expect([event, matcher.split('|')]).toEqual([event, adapter.notifications])
  }
})

test('whoever has hooks that are read can be installed for, and the other way round', () => {
  expect(AGENTS.map(({ name }) => name).sort()).toEqual(VENDORS.toSorted())
  expect(Object.keys(ADAPTERS).sort()).toEqual(VENDORS.toSorted())
})

test.each(GIT_HOOKS)('$name: the block goes into any shell hook and out again', ({ name }) => {
  for (const text of [
    '#!/bin/sh\n',
    '#!/bin/sh',
    '#!/bin/sh\n\n',
    '#!/bin/bash -e\nexec x\n',
    '',
    'npm test',
    '\n',
    '# a\n',
  ]) {
    const hook = withHook(text, name, PROGRAMS)
    expect(withHook(hook, name, PROGRAMS)).toBe(hook)
    expect(withHook(withHook(text, name, ODD), name, PROGRAMS)).toBe(hook)
    expect(withoutHook(hook)).toBe(text)
    execFileSync('/bin/sh', ['-n', '-c', hook])
  }
  for (const form of [{}, { bare: true }, { aside: true }])
    expect(withoutHook(newHook(name, ODD, form))).toBe(null)
  expect(programsOf(gitLines(ODD, GIT_HOOKS[0]!).join('\n'))).toEqual(ODD)
})

test.each([
  ['', false],
  ['[features]\nhooks = false', true],
  ['[features]\ncodex_hooks=false # old', true],
  ['features.hooks = false', true],
  ['[features]\nhooks = true\n[other]\nhooks = false', false],
  ['[features]\n# hooks = false', false],
])('%j switches hooks off: %s', (toml, off) => {
  expect(hooksOff(toml)).toBe(off)
})

test('what Codex was never asked to trust', () => {
  const toml = '[hooks.state."/r/.codex/hooks.json:session_start:0:0"]\ntrusted_hash = "sha256:1"\n'
  expect(untrusted(toml, '/r/.codex/hooks.json', ['SessionStart'])).toBe(false)
  expect(untrusted(toml, '/r/.codex/hooks.json', ['SessionStart', 'PreToolUse'])).toBe(true)
  expect(untrusted('', '/r/.codex/hooks.json', [])).toBe(false)
})
