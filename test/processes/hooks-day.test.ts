/**
 * A day of two Claude Code sessions, one of Codex, and a person, in a checkout and a linked worktree: every event goes through a real hook
 * process, and an agent writes only what its hook lets it write. No agent was run: payloads are those of the documentation.
 */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { coord } from '../helpers/cli.ts'
import { Agent, git, readJson, repository, roomOf } from './support.ts'

type Given = Record<string, unknown>

/** An agent at work: a process of its own, whose hooks and shell commands are its children. */
function createAgent(vendor: 'claude' | 'codex', dir: string, first: string) {
  const variable = vendor === 'claude' ? 'CLAUDE_CODE_SESSION_ID' : 'CODEX_THREAD_ID'
  const process = new Agent(dir, vendor === 'claude' ? {} : { CLAUDECODE: '' })
  const told: string[] = []
  let id = first
  const fire = async (event: string, given: Given = {}) => {
    const common = { session_id: id, cwd: dir, hook_event_name: event, transcript_path: null }
    const payload = { ...common, ...(vendor === 'codex' ? { turn_id: 't', model: 'gpt-x' } : {}), ...given }
    const answer = await process.run(`printf %s "$PAYLOAD" | coord hook ${vendor}`, {
      PAYLOAD: JSON.stringify(payload),
      [variable]: id,
    })
    if (answer.out !== '') told.push(JSON.parse(answer.out).hookSpecificOutput.additionalContext)
    if (answer.code === 2) told.push(answer.err)
    expect([0, 2], `${event}: ${answer.err}`).toContain(answer.code)
    return answer
  }
  const edit = (file: string): Given =>
    vendor === 'claude'
      ? { tool_name: 'Edit', tool_input: { file_path: path.join(dir, file) }, tool_use_id: 't' }
      : {
          tool_name: 'apply_patch',
          tool_input: { command: `*** Begin Patch\n*** Update File: ${file}\n*** End Patch` },
        }
  return {
    told,
    fire,
    become: (next: string) => {
      id = next
    },
    /** Write, if the hook lets it: whether it did. */
    async write(file: string, text: string): Promise<boolean> {
      if ((await fire('PreToolUse', edit(file))).code === 2) return false
      fs.mkdirSync(path.dirname(path.join(dir, file)), { recursive: true })
      fs.appendFileSync(path.join(dir, file), text)
      await fire('PostToolUse', edit(file))
      return true
    },
    /** A shell command, which no guard looks into. */
    async shell(run: () => void): Promise<void> {
      const bash = { tool_name: 'Bash', tool_input: { command: 'make' }, tool_use_id: 's' }
      await fire('PreToolUse', bash)
      run()
      await fire('PostToolUse', bash)
    },
    whoami: async () =>
      (await process.run('coord whoami --json', { [variable]: id })).json.session as { session_id: string },
    prompt: () => fire('UserPromptSubmit', { prompt: 'go on' }),
  }
}

const count = (told: string[], text: string) => told.filter((each) => each.includes(text)).length

test('nothing is lost, nothing is overwritten, and everybody stays who they are', {
  timeout: 120_000,
}, async () => {
  const dir = repository()
  const tree = `${dir}-tree`
  git(dir, 'worktree', 'add', '-q', tree)
  await coord({ cwd: dir }, 'init')
  const ann = createAgent('claude', dir, 'ann-1')
  const bob = createAgent('claude', tree, 'bob-1')
  const cod = createAgent('codex', dir, 'cod-1')
  const pat = (...args: string[]) => coord({ cwd: dir, session: 'pat' }, ...args)

  await ann.fire('SessionStart', { source: 'startup' })
  expect(ann.told).toEqual([])
  await bob.fire('SessionStart', { source: 'startup' })
  await cod.fire('SessionStart', { source: 'startup' })
  expect(bob.told.join()).toContain('1 other session works')
  expect(cod.told.join()).toContain('2 other sessions work')
  const ids = [await ann.whoami(), await bob.whoami(), await cod.whoami()].map(({ session_id }) => session_id)
  expect(new Set(ids).size).toBe(3)

  await coord({ cwd: dir }, 'start', '--id', 'pat')
  await pat('claim', 'file', 'README.md', '--note', 'rewriting the intro')
  await ann.prompt()
  expect(ann.told.join()).toContain('pat claimed file/README.md')

  expect(await ann.write('src/a.ts', 'ann\n')).toBe(true)
  expect(await bob.write('src/a.ts', 'bob\n')).toBe(false)
  expect(fs.existsSync(path.join(tree, 'src/a.ts'))).toBe(false)
  expect(await bob.write('src/b.ts', 'bob\n')).toBe(true)
  expect(await cod.write('README.md', 'cod\n')).toBe(false)
  expect(cod.told.at(-1)).toContain('It says: "rewriting the intro".')

  await pat('send', 'broadcast', 'freeze at noon')
  await pat('send', ids[1]!, 'please review src/a.ts', '--priority', 'high')
  for (const agent of [ann, bob, cod]) {
    await agent.prompt()
    await agent.prompt()
    expect(count(agent.told, 'freeze at noon')).toBe(1)
  }
  expect(count(bob.told, 'please review')).toBe(1)
  expect(count(ann.told, 'please review')).toBe(0)

  await cod.shell(() => fs.writeFileSync(path.join(dir, 'README.md'), 'by a shell\n'))
  expect(cod.told.at(-1)).toContain('file/README.md (held by pat)')
  expect((await pat('inbox')).out).toContain('changed while a shell command of')

  await ann.fire('SessionEnd', { reason: 'prompt_input_exit' })
  expect(await bob.write('src/a.ts', 'bob\n')).toBe(true)
  await pat('release', '--no-announce')
  await cod.prompt()
  expect(cod.told.at(-1)).toContain('file/README.md is free again')
  expect(await cod.write('README.md', 'cod\n')).toBe(true)

  await bob.fire('SessionEnd', { reason: 'clear' })
  bob.become('bob-2')
  await bob.fire('SessionStart', { source: 'clear' })
  expect((await bob.whoami()).session_id).toBe(ids[1])
  expect(await bob.write('src/a.ts', 'bob again\n')).toBe(true)
  ann.become('ann-1')
  await ann.fire('SessionStart', { source: 'resume' })
  expect((await ann.whoami()).session_id).toBe(ids[0])
  expect(await ann.write('src/a.ts', 'ann again\n')).toBe(false)

  expect(fs.readFileSync(path.join(dir, 'src/a.ts'), 'utf8')).toBe('ann\n')
  expect(fs.readFileSync(path.join(tree, 'src/a.ts'), 'utf8')).toBe('bob\nbob again\n')
  expect(fs.readFileSync(path.join(dir, 'README.md'), 'utf8')).toBe('by a shell\ncod\n')
  const messages = (await pat('messages', '--json')).json.messages as { subject: string }[]
  expect(messages.map(({ subject }) => subject)).toEqual(
    expect.arrayContaining(['freeze at noon', 'please review src/a.ts']),
  )
  const doctor = await coord({ cwd: dir }, 'doctor', '--json')
  expect(doctor.json.problems.filter(({ kind }: { kind: string }) => kind !== 'other-coord')).toEqual([])
  const sessions = fs.readdirSync(path.join(roomOf(dir), 'sessions')).filter((name) => name.endsWith('.json'))
  expect(sessions).toHaveLength(4)
  expect(readJson(path.join(roomOf(dir), 'sessions', `${ids[1]}.json`)).worktree).toBe(tree)
})
