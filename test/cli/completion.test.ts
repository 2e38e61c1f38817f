/** Completion: what may stand at the cursor, and the scripts in real shells. CI has them all; elsewhere an absent shell is skipped. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { GLOBALS } from '../../src/faces/cli/command.ts'
import { commands } from '../../src/faces/cli/commands/index.ts'
import { spotAt } from '../../src/faces/cli/complete.ts'
import { cleanEnvironment, coord } from '../helpers/cli.ts'
import {
  changes,
  copyOf,
  done,
  emptyDirectory,
  makeRoom,
  once,
  PINNED,
  type Room,
  real,
  roomAt,
  said,
} from './rooms.ts'

const BIN = path.join(import.meta.dirname, '../../bin/coord.cjs')
const values = (...words: string[]) => spotAt(words).words.map(({ value }) => value)

describe('the words of coord', () => {
  test('first come the commands and help', () => {
    expect(values('')).toEqual([...commands.map(({ name }) => name), 'help'])
    expect(values('help', '')).toEqual(commands.map(({ name }) => name))
    expect(values('--session', 'x', '')).toContain('claim')
  })

  test.each(commands)(
    '$name is offered all its flags, and each only once',
    ({ name, fields, positionals }) => {
      const flags = Object.keys({ ...fields, ...GLOBALS }).filter((flag) => !positionals.includes(flag))
      expect(values(name, '-').toSorted()).toEqual(flags.map((flag) => `--${flag}`).sort())
      expect(values(name, '--json', '-')).not.toContain('--json')
    },
  )

  test.each([
    [['claim', ''], { kind: 'type' }],
    [['claim', 'droplet', ''], { kind: 'name', type: 'droplet', mine: false }],
    [['release', 'droplet', ''], { kind: 'name', type: 'droplet', mine: true }],
    [['claims', ''], { kind: 'resource' }],
    [['ack', ''], { kind: 'message' }],
    [['reply', ''], { kind: 'message' }],
    [['send', ''], { kind: 'recipient' }],
    [['status', ''], { kind: 'session' }],
    [['status', '--session', ''], { kind: 'session' }],
    [['status', '--session=o'], { kind: 'session' }],
    [['--session', ''], { kind: 'session' }],
    [['config', 'get', ''], { kind: 'setting' }],
    [['config', 'set', 'claims.durability', ''], { kind: 'setting-value', key: 'claims.durability' }],
  ])('%j wants %j', (words, value) => {
    expect(spotAt(words).value).toMatchObject(value)
  })

  test.each([
    [
      ['send', 'x', 'y', 'z', '--priority', ''],
      ['low', 'normal', 'high', 'critical'],
    ],
    [
      ['config', ''],
      ['get', 'set'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['send', 'x', 'y', 'z', '--as', ''], ['human']],
    [['start', '--name', ''], []],
    [['unknown', ''], []],
    [['claim', '--', ''], []],
  ])('%j may be %j', (words, expected) => {
    expect(values(...words)).toEqual(expected)
  })

  test.each([
    [['claim', 'file', '']],
    [['claim', 'file', 'a', '']],
    [['run', 'file', '']],
    [['run', 'file', 'a', '--', '']],
    [['send', '--file', '']],
    [['start', '--', '']],
  ])('%j is a file', (words) => {
    expect(spotAt(words).files).toBe(true)
  })
})

const ODD = 'church $(touch pwned) `x`; "q" it\'s'

/** A room with sessions, a claim with a name that a shell must not obey, and a message. */
const lively = async () => roomAt(copyOf((await liveliest()).dir))
const liveliest = once(async (): Promise<Room> => {
  const room = await makeRoom('one', 'two')
  await done({ cwd: room.dir }, 'start', '--id', 'three', '--name', 'bob the builder', '--work', 'tower')
  await room.did('one', 'claim', 'droplet', ODD)
  await room.did('two', 'claim', 'droplet', 'tower')
  await room.did('two', 'send', 'one', 'question', 'can I help?')
  return room
})

test('the hidden form prints values with what they are, writes nothing and says nothing when it can not know', async () => {
  const room = await lively()
  const before = room.everything()
  const ask = async (...words: string[]) =>
    said(await room.as('one', '--complete', 'fish', ...words)).split('\n')
  expect(await ask('send', 'b')).toEqual(['broadcast\teverybody', 'bob the builder\ttower'])
  expect(await ask('release', 'droplet', '')).toEqual([`${ODD}\tone`])
  expect(await ask('claims', 'droplet/t')).toEqual(['droplet/tower\ttwo'])
  expect(await ask('ack', '')).toEqual([expect.stringMatching(/^[a-z2-7]{4}\ttwo: question$/)])
  expect(await ask('handoff', '--to', '')).toEqual([
    'bob the builder\ttower',
    'three\tbob the builder',
    'two\t',
  ])
  expect(await ask('config', 'get', 'claims.m')).toEqual(['claims.maxFor\t7d'])
  expect(changes(before, room.everything())).toEqual([])
  await room.did('two', 'handoff', '--note', 'the walls stand')
  expect(await ask('handoff', '--show', '')).toEqual([
    expect.stringMatching(/^[a-z2-7]{4}\tthe walls stand$/),
  ])
  fs.writeFileSync(path.join(room.root, 'config.json'), '{ broken')
  fs.rmSync(path.join(room.root, 'sessions'), { recursive: true })
  expect(await ask('status', '')).toEqual([''])
  expect(said(await room.plain('--complete'))).toBe(said(await room.plain('--complete', 'fish', '')))
  expect(await ask('claim', '--no-r')).toEqual(['--no-renew\theartbeats do not prolong it'])
})

test('values that a terminal would obey are not offered', async () => {
  const room = await makeRoom('one')
  const file = path.join(room.root, 'sessions/one.json')
  const session = JSON.parse(fs.readFileSync(file, 'utf8'))
  fs.writeFileSync(file, JSON.stringify({ ...session, name: 'a\nb\u001b[2J', current_work: 'x\u001b[2J\ny' }))
  expect(said(await room.plain('--complete', 'fish', 'status', ''))).toBe('one\ta b\\u{1b}[2J')
})

test('outside of a room completion still knows words and flags, and is silent about the rest', async () => {
  const cwd = emptyDirectory()
  expect(said(await coord({ cwd }, '--complete', 'zsh', 'stat'))).toContain('status\t')
  expect(said(await coord({ cwd }, '--complete', 'zsh', 'ack', ''))).toBe('')
})

test('completion guesses the shell, and names the argument where it has none', async () => {
  const cwd = emptyDirectory()
  const by = (SHELL: string) => coord({ cwd, env: { SHELL } }, 'completion')
  expect(said(await by('/usr/bin/zsh'))).toContain('#compdef coord')
  expect(said(await by('/bin/bash'))).toBe(said(await coord({ cwd }, 'completion', 'bash')))
  expect(await by('/bin/tcsh')).toMatchObject({ code: 2, err: expect.stringContaining('tcsh') })
  const { code, json } = await coord({ cwd }, 'completion', '--json')
  expect([code, json.error.code, json.error.argument]).toEqual([2, 'invalid', 'shell'])
  const given = await coord({ cwd }, 'completion', 'fish', '--json')
  expect(given.json).toMatchObject({
    ok: true,
    shell: 'fish',
    script: expect.stringContaining('complete -c coord'),
  })
})

/** A directory with `coord` in it, to be first on PATH. */
function shimmed(): string {
  const dir = emptyDirectory()
  const shim = `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`
  fs.writeFileSync(path.join(dir, 'coord'), shim, { mode: 0o755 })
  return dir
}

function shellEnvironment(session: string, more: Record<string, string> = {}): Record<string, string> {
  const home = emptyDirectory()
  const PATH = `${shimmed()}:${process.env.PATH}`
  return cleanEnvironment({ ...PINNED, PATH, HOME: home, TERM: 'xterm', COORD_SESSION: session, ...more })
}

test('bash completes commands, flags, and foreign names as one quoted word that runs nothing', async () => {
  const room = await lively()
  const env = shellEnvironment('one')
  const complete = (line: string) => {
    const script = `eval "$(coord completion bash)"; COMP_LINE=$1; COMP_POINT=\${#COMP_LINE}; _coord; printf '%s\\n' "\${COMPREPLY[@]}"`
    const options = { cwd: room.dir, env, encoding: 'utf8' as const }
    return execFileSync('bash', ['--norc', '-c', script, 'bash', line], options).trimEnd().split('\n')
  }
  expect(complete('coord clai')).toEqual(['claim', 'claims'])
  expect(complete('coord claim --for')).toEqual(['--for'])
  expect(complete('coord status --session=o')).toEqual(['one'])
  expect(complete('coord send bob')).toEqual(['bob\\ the\\ builder'])
  expect(complete('coord send "bob')).toEqual(['bob the builder'])
  const [typed] = complete('coord release droplet ')
  const back = execFileSync('bash', ['--norc', '-c', `printf %s ${typed}`], {
    cwd: room.dir,
    encoding: 'utf8',
  })
  expect(back).toBe(ODD)
  expect(fs.existsSync(path.join(room.dir, 'pwned'))).toBe(false)
})

real('fish')('fish completes commands, flags and foreign names with what they are', async () => {
  const room = await lively()
  const env = shellEnvironment('one')
  const complete = (line: string) =>
    execFileSync(
      'fish',
      ['--no-config', '-c', 'coord completion fish | source; complete -C $argv[1]', line],
      {
        cwd: room.dir,
        env,
        encoding: 'utf8',
      },
    )
      .trimEnd()
      .split('\n')
  expect(complete('coord clai')).toEqual([
    expect.stringMatching(/^claim\t/),
    expect.stringMatching(/^claims\t/),
  ])
  expect(complete('coord claim --for')).toEqual([expect.stringMatching(/^--for\t/)])
  expect(complete('coord send bob')).toEqual(['bob the builder\ttower'])
  expect(complete('coord release droplet ')).toEqual([`${ODD}\tone`])
  expect(complete('coord claim file CO')).toEqual([expect.stringMatching(/^COORDINATION\//)])
  expect(fs.existsSync(path.join(room.dir, 'pwned'))).toBe(false)
})

/** Type a line and TAB into an interactive zsh of its own; the line as it stands then. */
function typedIntoZsh(room: Room, line: string): string {
  const scratch = emptyDirectory()
  const setup = [
    'autoload -U compinit; compinit -u -D; PROMPT=; RPROMPT=',
    'eval "$(coord completion zsh)"',
    `report() { print -rn -- "$BUFFER" > ${scratch}/new; mv ${scratch}/new ${scratch}/line }`,
    `zle -N report; bindkey '^X' report`,
    `print ok > ${scratch}/ready`,
  ]
  fs.writeFileSync(path.join(scratch, 'setup'), setup.join('\n'))
  const script = `zmodload zsh/zpty zsh/zselect
    until_there() { local i; for i in {1..500}; do [[ -e $1 ]] && return; zselect -t 2; zpty -r -t z; done; exit 9 }
    zpty -b z zsh -f -i; zpty -w z '. ${scratch}/setup'; until_there ${scratch}/ready >/dev/null
    zpty -n -w z "$1"$'\\t\\C-x'; until_there ${scratch}/line >/dev/null; zpty -d z`
  execFileSync('zsh', ['-f', '-c', script, 'zsh', line], { cwd: room.dir, env: shellEnvironment('one') })
  return fs.readFileSync(path.join(scratch, 'line'), 'utf8').trimEnd()
}

real('zsh').each([
  ['coord heartb', 'coord heartbeat'],
  ['coord claim --no-r', 'coord claim --no-renew'],
  ['coord send bob', 'coord send bob\\ the\\ builder'],
  ['coord send "bob', 'coord send "bob the builder"'],
  ['coord status --session=th', 'coord status --session=three'],
  ['coord claim file COORDINATION/conf', 'coord claim file COORDINATION/config.json'],
])('zsh makes %s with TAB into %s', async (line, completed) => {
  expect(typedIntoZsh(await lively(), line)).toBe(completed)
})

real('zsh')('zsh puts foreign names in as one quoted word that runs nothing', async () => {
  const room = await lively()
  const line = typedIntoZsh(room, 'coord release droplet ch')
  const typed = line.replace('coord release droplet ', '')
  const back = execFileSync('zsh', ['-f', '-c', `print -rn -- ${typed}`], { cwd: room.dir, encoding: 'utf8' })
  expect(back).toBe(ODD)
  expect(fs.existsSync(path.join(room.dir, 'pwned'))).toBe(false)
})
