/** `install` and `uninstall` of agents through real processes, in a home and a repository of their own. */
import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Answer, coord } from '../helpers/cli.ts'
import { inside } from '../helpers/inside.ts'
import { emptyDirectory, everything, PINNED, repository, said } from './rooms.ts'

const BIN = path.join(import.meta.dirname, '../../bin/coord.cjs')
/** The line of a hook of this very checkout. */
const LINE = `[ -x ${process.execPath} ] && [ -f ${BIN} ] || exit 0; unset NODE_EXTRA_CA_CERTS; exec ${process.execPath} ${BIN}`

/** A repository with a home beside it; nothing of the real one is ever touched. */
function place(files: Record<string, string> = {}) {
  const cwd = repository()
  const home = emptyDirectory()
  const env = { ...PINNED, HOME: home }
  const write = (file: string, text: string) => {
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, text)
  }
  for (const [name, text] of Object.entries(files))
    write(path.join(name.startsWith('~/') ? home : cwd, name.replace('~/', '')), text)
  const at = (name: string) => path.join(name.startsWith('~/') ? home : cwd, name.replace('~/', ''))
  return {
    cwd,
    home,
    at,
    write: (name: string, text: string) => write(at(name), text),
    read: (name: string) => fs.readFileSync(at(name), 'utf8'),
    json: (name: string) => JSON.parse(fs.readFileSync(at(name), 'utf8')),
    run: (...args: string[]): Answer => inside({ cwd, env }, ...args),
    /** The same by the built program, which installs each agent in each scope. */
    built: (...args: string[]): Promise<Answer> => coord({ cwd, env }, ...args),
    runWith: (more: Record<string, string>, ...args: string[]) =>
      inside({ cwd, env: { ...env, ...more } }, ...args),
    everything: () => ({ ...everything(cwd), home: everything(home) }),
    git: (...args: string[]) =>
      execFileSync('git', ['-C', cwd, ...args], {
        encoding: 'utf8',
        env: { PATH: process.env.PATH, HOME: home },
      }),
  }
}

const FILES = {
  claude: ['.claude/settings.local.json', '.claude/settings.json', '~/.claude/settings.json'],
  codex: ['.codex/hooks.json', '.codex/hooks.json', '~/.codex/hooks.json'],
  cursor: ['.cursor/hooks.json', '.cursor/hooks.json', '~/.cursor/hooks.json'],
  gemini: ['.gemini/settings.json', '.gemini/settings.json', '~/.gemini/settings.json'],
}
const each = Object.entries(FILES).flatMap(([agent, files]) =>
  ['local', 'project', 'user'].map((scope, at) => ({ agent, scope, file: files[at]! })),
)

describe.each(each)('$agent --$scope', ({ agent, scope, file }) => {
  test('is installed, a second time without a byte changed, and gone without a trace', async () => {
    const { run, built, everything, json } = place()
    const before = everything()
    const first = await built('install', agent, `--${scope}`, '--json')
    expect(first).toMatchObject({ code: 0, err: '' })
    expect(first.json).toMatchObject({ ok: true, target: agent, scope, already: false, dry_run: false })
    expect(Object.keys(json(file).hooks).length).toBeGreaterThan(7)
    const installed = everything()
    expect(run('install', agent, `--${scope}`).out).toBe(`${agent} is installed already`)
    expect(everything()).toEqual(installed)
    expect((await built('uninstall', agent, `--${scope}`, '--json')).json).toMatchObject({
      ok: true,
      already: false,
    })
    expect(everything()).toEqual(before)
    expect(run('uninstall', agent, `--${scope}`).out).toBe(`${agent} is not installed with --${scope}`)
  })

  test('leaves what was there, to the byte', () => {
    const text = '{\n    "z": [1,2],\n    "hooks": { "Odd": [] }, "version": 1\n}'
    const { run, everything } = place({ [file]: text })
    const before = everything()
    expect(run('install', agent, `--${scope}`).code).toBe(0)
    expect(everything()).not.toEqual(before)
    expect(run('uninstall', agent, `--${scope}`).code).toBe(0)
    expect(everything()).toEqual(before)
  })

  test('--dry-run shows it all and writes nothing', () => {
    const { run, everything } = place({ [file]: '{\n  "z": 1\n}\n' })
    const before = everything()
    const out = said(run('install', agent, `--${scope}`, '--dry-run'))
    expect(out).toContain('  @@ -1,3 +1,')
    expect(out).toContain('  -  "z": 1\n  +  "z": 1,\n')
    expect(out).toContain('nothing was written')
    expect(everything()).toEqual(before)
  })

  test.each([
    ['{\n  "z" 1\n}', ':2:7 is no JSON: colon expected'],
    ['[]', ':1:1 is no JSON object'],
    ['{"hooks": []}', ':1:11 has "hooks" that are no object'],
    ['', ':1:1 is empty'],
  ])('refuses %j with the file and the position, and writes nothing', (text, why) => {
    const { run, everything, at } = place({ [file]: text })
    const before = everything()
    const { code, err } = run('install', agent, `--${scope}`)
    expect(err).toContain(`coord: ${at(file)}${why}\n`)
    expect(code).toBe(4)
    expect(everything()).toEqual(before)
    expect(run('uninstall', agent, `--${scope}`).code).toBe(4)
  })
})

const commandsIn = (settings: any): string[] =>
  Object.values<any>(settings.hooks).flatMap((entries) =>
    entries.flatMap((entry: any) => (entry.hooks ?? [entry]).map((handler: any) => handler.command)),
  )

test.each([
  ['claude', '.claude/settings.local.json', `${LINE} hook claude`],
  ['codex', '.codex/hooks.json', `/bin/sh -c '${LINE} hook codex'`],
  ['cursor', '.cursor/hooks.json', `/bin/sh -c '${LINE} hook cursor'`],
  ['gemini', '.gemini/settings.json', `${LINE} hook gemini`],
])(
  'the line of %s names node and coord by absolute paths; the shared one looks coord up',
  async (agent, file, line) => {
    const { run, json } = place()
    run('install', agent)
    expect(new Set(commandsIn(json(file)))).toEqual(new Set([line]))
    run('uninstall', agent)
    run('install', agent, '--project')
    const shared = json(file.replace('.local', ''))
    expect(new Set(commandsIn(shared))).toEqual(
      new Set([
        line
          .replace(LINE, 'command -v coord >/dev/null 2>&1 || exit 0; unset NODE_EXTRA_CA_CERTS; coord')
          .replace(/'?$/, (end) => ` --deny-code 42; [ $? -ne 42 ] || exit 2${end}`),
      ]),
    )
  },
)

describe('what a line does', () => {
  const line = async (agent: string, file: string, ...flags: string[]) => {
    const there = place()
    there.run('install', agent, ...flags)
    return { ...there, command: commandsIn(there.json(file))[0]! }
  }
  const sh = (command: string, env: Record<string, string>) =>
    execFileSync('/bin/sh', ['-c', command], { env, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] })

  test('the shared one is quiet where coord is not on PATH, and starts it where it is, without NODE_EXTRA_CA_CERTS', async () => {
    const { command, home } = await line('codex', '.codex/hooks.json', '--project')
    expect(sh(command, { PATH: '/nowhere' })).toBe('')
    fs.writeFileSync(path.join(home, 'coord'), '#!/bin/sh\necho "$@" "[$NODE_EXTRA_CA_CERTS]"\n', {
      mode: 0o755,
    })
    expect(sh(command, { PATH: home, NODE_EXTRA_CA_CERTS: '/x' })).toBe('hook codex --deny-code 42 []\n')
  })

  test.each(Object.entries(FILES))(
    'the shared one of %s lets the agent go on whatever coord is on PATH, and stops it for a denial alone',
    async (agent, [, file]) => {
      const { command, home } = await line(agent, file!, '--project')
      for (const [code, exit] of [
        ['0', 0],
        ['1', 0],
        ['2', 0],
        ['70', 0],
        ['127', 0],
        ['42', 2],
      ] as const) {
        fs.writeFileSync(path.join(home, 'coord'), `#!/bin/sh\necho no >&2\nexit ${code}\n`, { mode: 0o755 })
        const { status, stderr } = spawnSync('/bin/sh', ['-c', command], { env: { PATH: home } })
        expect([code, status, String(stderr)]).toEqual([code, exit, 'no\n'])
      }
    },
  )

  test('a denial of this coord passes through the shared line in the form of the agent', async () => {
    const { command, run, cwd, home } = await line('claude', '.claude/settings.json', '--project')
    await run('init')
    await run('start', '--id', 'ann')
    await run('claim', 'file', 'a.txt', '--session', 'ann')
    fs.writeFileSync(path.join(home, 'coord'), `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`, {
      mode: 0o755,
    })
    const tool = { tool_name: 'Edit', tool_input: { file_path: `${cwd}/a.txt` } }
    const input = JSON.stringify({ session_id: 'x', cwd, hook_event_name: 'PreToolUse', ...tool })
    const env = { ...PINNED, PATH: `${home}:/usr/bin:/bin`, HOME: home }
    const denied = spawnSync('/bin/sh', ['-c', command], { cwd, env, input, encoding: 'utf8' })
    expect(denied).toMatchObject({ status: 2, stdout: '' })
    expect(denied.stderr).toContain('coord: not written: file/a.txt is held by ann')
  })

  test('the private one is quiet where coord is gone', async () => {
    const { command } = await line('gemini', '.gemini/settings.json')
    expect(sh(command.replaceAll('coord.cjs', 'gone.cjs'), {})).toBe('')
    expect(sh(command.replaceAll(process.execPath, '/gone/node'), {})).toBe('')
  })
})

test('timeouts are in the unit of each agent', async () => {
  const { run, json } = place()
  for (const agent of Object.keys(FILES)) run('install', agent)
  expect(json('.claude/settings.local.json').hooks.Stop[0].hooks[0].timeout).toBe(5)
  expect(json('.claude/settings.local.json').hooks.SessionEnd[0].hooks[0].timeout).toBe(3)
  expect(json('.codex/hooks.json').hooks.SessionEnd[0].hooks[0].timeout).toBe(3)
  expect(json('.gemini/settings.json').hooks.BeforeTool[0].hooks[0]).toMatchObject({
    name: 'coord',
    timeout: 5000,
  })
  expect(json('.cursor/hooks.json').version).toBe(1)
  expect(json('.cursor/hooks.json').hooks.preToolUse[0].timeout).toBe(5)
})

describe('git', () => {
  test('does not see what is private; what is shared it does', async () => {
    const { run, git } = place()
    for (const agent of Object.keys(FILES)) run('install', agent)
    expect(git('status', '--short')).toBe('')
    for (const agent of Object.keys(FILES)) run('install', agent, '--project')
    run('uninstall', 'claude')
    expect(git('status', '--short', '-uall').split('\n').sort().join(' ').trim()).toBe(
      '?? .claude/settings.json ?? .claude/skills/session-status/SKILL.md ?? .codex/hooks.json ?? .cursor/hooks.json ?? .gemini/settings.json',
    )
  })

  test('tracks a file that is to be private: refused, with the way out', async () => {
    const { run, git, everything } = place({ '.cursor/hooks.json': '{"version":1}' })
    git('add', '.')
    const before = everything()
    const { code, err } = run('install', 'cursor')
    expect(err).toContain(
      '.cursor/hooks.json, and a local line names paths of this machine\n  For all who clone it: --project',
    )
    expect(code).toBe(1)
    expect(everything()).toEqual(before)
    expect(run('install', 'cursor', '--project').code).toBe(0)
  })
})

describe('the status line of Claude Code', () => {
  const status = 'statusLine'
  test('is added where there is none', async () => {
    const { run, json } = place()
    run('install', 'claude')
    expect(json('.claude/settings.local.json')[status]).toEqual({
      type: 'command',
      command: `${LINE} statusline`,
    })
  })

  test.each(['.claude/settings.local.json', '.claude/settings.json', '~/.claude/settings.json'])(
    'is not added where %s has one, which it would replace or hide',
    async (file) => {
      const mine = '{"statusLine":{"type":"command","command":"mine"}}'
      const { run, json, at, read } = place({ [file]: mine })
      const { out, err } = run('install', 'claude')
      expect(err).toBe(`coord: your status line in ${at(file)} stays`)
      expect(out).toContain('  a status line with both: ')
      expect(json('.claude/settings.local.json')[status]?.command).toBe(
        file.includes('local') ? 'mine' : undefined,
      )
      run('uninstall', 'claude')
      expect(read(file)).toBe(mine)
    },
  )
})

test.each(Object.keys(FILES))('%s: where no room is, it is said that one is needed', async (agent) => {
  const { run } = place()
  const hint = 'hooks act only where a room is, and here is none yet: coord init'
  expect(run('install', agent).out).toContain(`  ${hint}`)
  expect(run('uninstall', agent).out).not.toContain(hint)
  expect(run('init').code).toBe(0)
  expect(run('install', agent).out).not.toContain(hint)
})

describe("Claude Code's /session-status", () => {
  const SKILL = '.claude/skills/session-status/SKILL.md'
  test('comes along and calls this coord', async () => {
    const { run, read } = place()
    run('install', 'claude')
    expect(read(SKILL)).toMatch(/^---\nname: session-status\n/)
    expect(read(SKILL)).toContain(`${BIN} report $ARGUMENTS\``)
    run('install', 'claude', '--project')
    expect(read(SKILL)).toContain('`coord report $ARGUMENTS`')
  })

  test("stays if it is somebody else's", async () => {
    const { run, read } = place({ [SKILL]: 'mine\n' })
    expect(run('install', 'claude').err).toContain(`${SKILL} is not coord's, and stays`)
    run('uninstall', 'claude')
    expect(read(SKILL)).toBe('mine\n')
  })
})

describe('what several installations share', () => {
  const SKILL = '.claude/skills/session-status/SKILL.md'
  test.each([
    ['local', 'project'],
    ['project', 'local'],
  ])('/session-status stays while --%s goes and --%s is there', async (one, other) => {
    const { run, read, at } = place()
    for (const scope of [one, other]) await run('install', 'claude', `--${scope}`)
    expect(read(SKILL)).toContain('`coord report $ARGUMENTS`')
    await run('uninstall', 'claude', `--${one}`)
    expect(read(SKILL)).toContain('`coord report $ARGUMENTS`')
    await run('uninstall', 'claude', `--${other}`)
    expect(fs.existsSync(at(SKILL))).toBe(false)
  })

  test('a private installation beside a shared one that git tracks is not refused', async () => {
    const { run, git } = place()
    await run('install', 'claude', '--project')
    git('add', '.')
    expect((await run('install', 'claude')).code).toBe(0)
    expect(git('status', '--short', '-uall')).not.toContain('??')
  })

  test.each(['claude', 'cursor', 'gemini'])(
    'what keeps %s out of git stays until the last worktree has none',
    async (agent) => {
      const { cwd, home, run, read, git } = place({ 'a.txt': '' })
      git('add', '.')
      git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-qm', 'a')
      const tree = path.join(home, 'tree')
      git('worktree', 'add', '-q', tree)
      const before = read('.git/info/exclude')
      const there = (...args: string[]) => coord({ cwd: tree, env: { ...PINNED, HOME: home } }, ...args)
      await run('install', agent)
      await there('install', agent)
      const both = read('.git/info/exclude')
      await there('uninstall', agent)
      expect(read('.git/info/exclude')).toBe(both)
      expect(git('status', '--short')).toBe('')
      await there('install', agent)
      await run('uninstall', agent)
      expect(git('-C', tree, 'status', '--short')).toBe('')
      await there('uninstall', agent)
      expect(read('.git/info/exclude')).toBe(before)
      expect(fs.readdirSync(cwd).sort()).toEqual(['.git', 'a.txt'])
    },
  )
})

describe('links and modes', () => {
  test("the user's own settings are written through a link, which stays, with their mode", async () => {
    const { run, at, write, json } = place({ '~/.gemini/keep': '' })
    write('~/dotfiles/gemini.json', '{\n  "a": 1\n}\n')
    fs.chmodSync(at('~/dotfiles/gemini.json'), 0o600)
    fs.symlinkSync('../dotfiles/gemini.json', at('~/.gemini/settings.json'))
    const { err } = run('install', 'gemini', '--user')
    expect(err).toBe(
      `coord: ${at('~/.gemini/settings.json')} is a link; what it leads to is written: ${at('~/dotfiles/gemini.json')}`,
    )
    expect(fs.lstatSync(at('~/.gemini/settings.json')).isSymbolicLink()).toBe(true)
    expect(fs.statSync(at('~/dotfiles/gemini.json')).mode & 0o777).toBe(0o600)
    expect(json('~/dotfiles/gemini.json').hooks.SessionStart).toHaveLength(1)
    run('uninstall', 'gemini', '--user')
    expect(fs.readFileSync(at('~/dotfiles/gemini.json'), 'utf8')).toBe('{\n  "a": 1\n}\n')
  })

  test.each(['.codex', '.codex/hooks.json'])('in a repository no link is followed: %s', async (link) => {
    const { run, at, home } = place()
    fs.writeFileSync(path.join(home, 'hooks.json'), '{}')
    fs.mkdirSync(path.dirname(at(link)), { recursive: true })
    fs.symlinkSync(link === '.codex' ? home : path.join(home, 'hooks.json'), at(link))
    const { code, err } = run('install', 'codex')
    expect(err).toContain(`${at(link)} is a symbolic link, which is not followed in a repository`)
    expect(code).toBe(4)
    expect(fs.readFileSync(path.join(home, 'hooks.json'), 'utf8')).toBe('{}')
  })

  test('bytes that are no UTF-8 are refused; a mark of the byte order stays', async () => {
    const { run, at, write, read } = place()
    write('.gemini/settings.json', '')
    fs.writeFileSync(at('.gemini/settings.json'), Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))
    expect(run('install', 'gemini').err).toContain('is not UTF-8')
    write('.gemini/settings.json', '\ufeff{}\n')
    expect(run('install', 'gemini').code).toBe(0)
    expect(read('.gemini/settings.json').startsWith('\ufeff{')).toBe(true)
    run('uninstall', 'gemini')
    expect(read('.gemini/settings.json')).toBe('\ufeff{}\n')
  })
})

test('CLAUDE_CONFIG_DIR and CODEX_HOME say where the settings of the user are', async () => {
  const { runWith, at, home } = place()
  runWith({ CLAUDE_CONFIG_DIR: at('~/c') }, 'install', 'claude', '--user')
  runWith({ CODEX_HOME: at('~/x') }, 'install', 'codex', '--user')
  expect(fs.readdirSync(home).sort()).toEqual(['c', 'x'])
  expect(fs.existsSync(at('~/c/skills/session-status/SKILL.md'))).toBe(true)
})

test('a second installation is told with the command that removes it', async () => {
  const { run, at } = place()
  run('install', 'claude', '--user')
  expect(run('install', 'claude').err).toBe(
    `coord: also installed in ${at('~/.claude/settings.json')}, so that each event starts coord twice: coord uninstall claude --user`,
  )
  run('uninstall', 'claude')
  expect(run('uninstall', 'claude').err).toBe(
    `coord: it is installed in ${at('~/.claude/settings.json')}: coord uninstall claude --user`,
  )
})

test('outside of a repository only --user works', async () => {
  const cwd = emptyDirectory()
  const env = { ...PINNED, HOME: emptyDirectory() }
  const { code, err } = await coord({ cwd, env }, 'install', 'claude')
  expect([code, err]).toEqual([3, expect.stringContaining('install for all your projects: --user')])
  expect((await coord({ cwd, env }, 'install', 'claude', '--user')).code).toBe(0)
})

test.each([
  [['install'], 2, 'TARGET'],
  [['install', 'claud'], 2, 'Did you mean claude?'],
  [['install', 'claude', '--local', '--user'], 2, '--local and --user contradict each other'],
  [['uninstall', '--user'], 2, 'e.g. coord uninstall claude --user'],
  [['uninstall', 'claude', '--force'], 2, '--force is for coord uninstall alone'],
  [['install', 'git', '--user'], 2, 'git hooks are those of one repository'],
  [['install', 'agents-md', '--user'], 2, 'instructions stand in the repository'],
])('coord %j is refused with what is meant', async (args, exit, text) => {
  const { run, everything } = place()
  const before = everything()
  const { code, err } = run(...args)
  expect(err).toContain(text)
  expect(code).toBe(exit)
  expect(everything()).toEqual(before)
})

test('of several agents each is installed once, in whatever order it is repeated', async () => {
  const { run, everything } = place()
  for (const agent of ['claude', 'codex', 'cursor']) run('install', agent)
  const installed = everything()
  for (const agent of ['codex', 'claude', 'cursor'])
    expect(run('install', agent).out).toBe(`${agent} is installed already`)
  expect(everything()).toEqual(installed)
})
