/** What comes out: plain when piped, coloured on a terminal, foreign text never obeyed. */
import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { createPage } from '../../src/faces/cli/page.ts'
import { printStranger } from '../../src/faces/cli/words.ts'
import { cleanEnvironment, coord, shell } from '../helpers/cli.ts'
import { done, makeRoom, PINNED, type Room, repository } from './rooms.ts'

const BIN = path.join(import.meta.dirname, '../../bin/coord.cjs')
const LONG = `the ${'very '.repeat(80)}long phase`

let room: Room
beforeAll(async () => {
  room = await makeRoom('one', 'two')
  await room.did('one', 'heartbeat', 'blocked', 'target', LONG)
})

test('piped output has no colour and cuts nothing', async () => {
  const { out } = await coord(
    { cwd: room.dir, env: { ...PINNED, TERM: 'xterm-256color', COLUMNS: '40' } },
    'status',
  )
  expect(out).not.toContain('\u001b')
  expect(out).toContain(LONG)
  expect(out.split('\n').filter((line) => line !== line.trimEnd())).toEqual([])
})

/** Run a coord line on a pseudo-terminal of 60 columns. */
function onTerminal(line: string, env: Record<string, string> = {}): string {
  const command = `stty cols 60; "${process.execPath}" "${BIN}" ${line}`
  const all = cleanEnvironment({ ...PINNED, TERM: 'xterm', SHELL: '/bin/bash', ...env })
  return execFileSync('script', ['-qec', command, '/dev/null'], {
    cwd: room.dir,
    env: all,
    encoding: 'utf8',
    input: '',
  })
}

describe.skipIf(spawnSync('script', ['--version']).status !== 0)('on a terminal', () => {
  test('symbols have colour and long text is cut to the width, with names and commands whole', () => {
    const out = onTerminal('status')
    expect(out).toContain('\u001b[33m■\u001b[0m')
    const lines = out
      .replace(/\u001b\[\d+m/g, '')
      .trimEnd()
      .split('\r\n')
    expect(lines.filter((line) => line.length > 60)).toEqual([])
    expect(lines[1]).toMatch(/^ {2}■ {2}one is blocked .*…$/)
    expect(lines[2]).toBe('       coord send one "…"')
    expect(lines[4]).toMatch(/^ {2}■ {2}one( \(you\))? +● {2}target {2}the very .*… {2}just now$/)
  })

  test('what somebody wrote to me is not cut', () => {
    const text = `${'many words '.repeat(20)}end`
    const sent = spawnSync(process.execPath, [BIN, 'send', 'two', 's', text], {
      cwd: room.dir,
      env: cleanEnvironment({ ...PINNED, COORD_SESSION: 'one' }),
    })
    expect(sent.status).toBe(0)
    expect(onTerminal('inbox --peek', { COORD_SESSION: 'two' })).toContain(text)
  })

  test('a handoff is shown without the record that its file begins with, and its list tells for whom', async () => {
    const other = await makeRoom('session-2026-11-20-x7k2')
    await other.as('session-2026-11-20-x7k2', 'claim', 'droplet', 'church-guidance-of-the-town')
    await other.as('session-2026-11-20-x7k2', 'handoff', '--note', 'the form is left')
    const shown = onTerminal(`handoff --show ${other.files('handoffs')[0]} --dir "${other.root}"`)
    expect(shown.trimStart()).toMatch(/^# /)
    expect(shown).toContain('the form is left')
    expect(shown).not.toContain('"claims"')
    expect(onTerminal(`handoff --list --dir "${other.root}"`)).toContain('→ next clai')
  })

  test.each([
    ['NO_COLOR', { NO_COLOR: '1' }, 'status'],
    ['TERM=dumb', { TERM: 'dumb' }, 'status'],
    ['--no-color', {}, 'status --no-color'],
  ])('%s switches colour off', (_name, env, line) => {
    const out = onTerminal(line, env)
    expect(out).toContain('■')
    expect(out).not.toContain('\u001b[')
  })
})

test('control characters of others are shown, never sent to the terminal', async () => {
  const nasty = 'a\u001b[31mred\u001b]0;title\u0007 \u202ertl\u200b \u0085'
  const shownAs = 'a\\u{1b}[31mred\\u{1b}]0;title\\u{7} \\u{202e}rtl\\u{200b} \\u{85}'
  const other = await makeRoom('one', 'two')
  await other.as('one', 'send', 'two', nasty, `first ${nasty}\nsecond`)
  await other.as('one', 'heartbeat', 'blocked', nasty, nasty, '--message', nasty)
  await other.as('one', 'claim', 'droplet', 'x', '--note', nasty)
  const inbox = await other.as('two', 'inbox', '--peek')
  expect(inbox.out.split('\n').slice(0, 3)).toEqual([
    expect.stringMatching(/^• {2}[a-z2-7]{4} {2}one {2}a/),
    `    first ${shownAs}`,
    '    second',
  ])
  for (const args of [
    ['inbox', '--peek'],
    ['status'],
    ['sessions'],
    ['claims'],
    ['messages'],
    ['board', '--print'],
  ]) {
    const { out, err } = await other.as('two', ...args)
    expect(`${out}${err}`, args.join(' ')).not.toMatch(
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202e]/,
    )
    expect(out, args.join(' ')).toContain('u{1b}')
  }
  const held = await other.as('two', 'claim', 'droplet', 'x')
  expect(held.err).not.toContain('\u001b')
  const echoed = await other.as('two', 'status', nasty)
  expect(echoed.err).toContain('\\u{1b}')
  expect(echoed.err).not.toContain('\u001b')
})

test.each([true, false])(
  'a line shows what a terminal would obey, but for its own paint (colour: %s)',
  (colour) => {
    const { page, out } = createPage({ now: () => 0, quiet: false, colour, width: null })
    page.line(`${page.paint('warn', '■')} a\u001b[2J\u001b]0;t\u0007\u009b5m\r\tb\nc @\u2060d`)
    const mark = colour ? '\u001b[33m■\u001b[0m' : '■'
    expect(out).toEqual([`${mark} a\\u{1b}[2J\\u{1b}]0;t\\u{7}\\u{9b}5m \tb\nc @\u2060d`])
  },
)

test('where a handoff file was edited, the answer of a handover that is done names its own parties', async () => {
  const other = await makeRoom('one', 'two')
  await other.as('one', 'claim', 'droplet', 'x')
  const { json } = await other.as('one', 'handoff', '--to', 'two', '--json')
  const file = path.join(other.root, json.handoff.path)
  const edited = fs.readFileSync(file, 'utf8').replace('"to": "two"', '"to": "\\u001b[2J\\u202e"')
  fs.writeFileSync(file, edited.replace(/"id": "[^"]*"/, '"id": "\\u001b[2J"'))
  const again = await other.as('one', 'handoff', 'droplet', 'x', '--to', 'two')
  expect(again.code).toBe(0)
  expect(again.out).toMatch(/^handed droplet\/x to two before /)
  expect(again.out).toContain(`coord handoff --show ${json.handoff.id.slice(-4)}`)
})

test('a recipient that is not registered is named without what a terminal would obey', () => {
  const { page, out } = createPage({ now: () => 0, quiet: false, colour: true, width: null })
  printStranger('a\u001b[31mb\u202e', 'other_clone', page)
  printStranger('a\u001b[31mb\u202e', 'unregistered', page)
  for (const line of out) expect(line).toMatch(/^a\\u\{1b\}\[31mb\\u\{202e\} is not registered here/)
  expect(out).toHaveLength(2)
})

test('--json keeps foreign text as it is, on one line', async () => {
  const other = await makeRoom('one', 'two')
  await other.as('one', 'send', 'two', 's', 'a\u001b[31m\n\u2028b')
  const { json, out } = await other.as('two', 'inbox', '--json')
  expect(json.messages[0].message).toBe('a\u001b[31m\n\u2028b')
  expect(out.split('\n')).toHaveLength(1)
  expect(out).not.toContain('\u001b')
})

test('--quiet says nothing where all went well, but answers what was asked', async () => {
  const quiet = repository()
  await done({ cwd: quiet }, 'start', '--id', 'one')
  const acts = [
    ['heartbeat', 'x'],
    ['claim', 'droplet', 'x'],
    ['renew', 'droplet', 'x'],
    ['release'],
    ['send', 'broadcast', 's'],
    ['inbox'],
    ['commit'],
    ['end'],
  ]
  const env = {
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@b',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@b',
  }
  for (const act of acts) {
    const answer = await coord({ cwd: quiet, session: 'one', env: { ...PINNED, ...env } }, ...act, '--quiet')
    expect(answer, act.join(' ')).toMatchObject({ code: 0, out: '', err: '' })
  }
  expect((await room.as('one', 'whoami', '--quiet')).out).toBe('one')
  expect((await room.as('one', 'claim', 'droplet', '', '--quiet')).err).toContain('empty')
})

test('a reader that goes away early is no error', async () => {
  const call = { cwd: room.dir, session: 'two', env: PINNED }
  const { out, err } = await shell(call, 'coord status | head -1; echo "$PIPESTATUS"')
  expect(out).toBe('needs attention\n0')
  expect(err).toBe('')
  await coord({ ...call, input: 'line\n'.repeat(12_000) }, 'send', 'one', 'big', '-')
  const big = await shell({ ...call, session: 'one' }, 'coord inbox --peek | head -1; echo "$PIPESTATUS"')
  expect(big.out).toMatch(/^• {2}\S+ {2}two {2}big {2}just now\n0$/)
  expect(big.err).toBe('')
})

test('a closed standard output or error is no crash', async () => {
  const { out, err } = await shell(
    { cwd: room.dir, env: PINNED },
    'coord status >&-; echo "$?"; coord nope 2>&-; echo "$?"',
  )
  expect(out).toBe('0\n2')
  expect(err).toBe('')
  expect(fs.existsSync(path.join(room.root, 'STATUS_BOARD.md'))).toBe(true)
})
