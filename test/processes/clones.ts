/** Two clones of one repository with a tracked room and a live session in each; git is a real process, coord runs within the tests' own. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import { type Answer, cleanEnvironment, coord } from '../helpers/cli.ts'
import { inside } from '../helpers/inside.ts'
import { git, register, roomOf } from './support.ts'

/** What git may hold of a tracked room. */
const ALLOWED =
  /^COORDINATION\/(README\.md|config\.json|\.gitignore|\.gitattributes|(messages|handoffs|session-log)\/\.gitignore|messages\/(broadcast|direct\/[^/]+)\/[^/.][^/]*\.json|handoffs\/[^/.][^/]*\.md|session-log\/[^/.][^/]*\.md)$/

/** One clone, and the session that lives in it. */
export class Clone {
  readonly dir: string
  readonly session: string

  constructor(dir: string, session: string) {
    this.dir = dir
    this.session = session
  }

  git = (...args: string[]) => git(this.dir, ...args)

  async coord(...args: string[]): Promise<Answer> {
    const answer = inside({ cwd: this.dir, session: this.session }, ...args)
    expect(answer.code, `coord ${args.join(' ')}: ${answer.err}`).toBe(0)
    return answer
  }

  /** As the built program does it. */
  process = (...args: string[]): Promise<Answer> => coord({ cwd: this.dir, session: this.session }, ...args)

  /** Send a message; its id. */
  async send(subject: string, to = 'broadcast'): Promise<string> {
    return (await this.coord('send', to, subject, 'text', '--to-unknown', '--json')).json.message.id
  }

  /** Stage whatever git sees and commit it. */
  commit(subject: string): void {
    this.git('add', '-A')
    this.git('commit', '-q', '--allow-empty', '-m', subject)
  }

  push = () => this.git('push', '-q', 'origin', 'HEAD:main')
  pull = (...args: string[]) => this.git('pull', '-q', '--no-rebase', '--no-edit', ...args, 'origin', 'main')
  file = (name: string) => path.join(this.dir, name)
  write(name: string, text: string): void {
    fs.mkdirSync(path.dirname(this.file(name)), { recursive: true })
    fs.writeFileSync(this.file(name), text)
  }
  append = (name: string, text: string) => fs.appendFileSync(this.file(name), text)
  read = (name: string) => fs.readFileSync(this.file(name), 'utf8')

  /** The ids of all messages that the room shows. */
  async messages(): Promise<string[]> {
    const { json } = await this.coord('messages', '--limit', '1000', '--json')
    return json.messages.map((message: any) => message.id)
  }
}

/** Two clones, `a` and `b`, of a repository whose room is tracked; the room of `b` is as a fresh clone has it. */
export async function twoClones(dir: string): Promise<{ a: Clone; b: Clone }> {
  const origin = path.join(dir, 'origin.git')
  const first = path.join(dir, 'first')
  fs.mkdirSync(first)
  git(first, 'init', '-q', '-b', 'main')
  fs.writeFileSync(path.join(first, 'a.txt'), 'one\n')
  git(first, 'add', 'a.txt')
  git(first, 'commit', '-q', '-m', 'First')
  git(first, 'init', '-q', '--bare', '-b', 'main', origin)
  await coord({ cwd: first }, 'init', '--track')
  git(first, 'add', '-A')
  git(first, 'commit', '-q', '-m', 'Room')
  git(first, 'push', '-q', origin, 'HEAD:main')
  for (const name of ['a', 'b']) {
    git(dir, 'clone', '-q', origin, name)
    git(path.join(dir, name), 'remote', 'set-url', 'origin', '../origin.git')
    await register(path.join(dir, name), `session-${name}`)
  }
  return both(dir)
}

/** The clones in a directory, e.g. in a copy of one that `twoClones` made. */
export const both = (dir: string) => ({
  a: new Clone(path.join(dir, 'a'), 'session-a'),
  b: new Clone(path.join(dir, 'b'), 'session-b'),
})

/** Everything in the room and in git is as it must be, and the session goes on. */
export async function expectSound(clone: Clone, sent: string[]): Promise<void> {
  expect(clone.git('ls-files', '-u')).toBe('')
  const held = clone.git('ls-tree', '-r', '--name-only', 'HEAD', 'COORDINATION').split('\n').filter(Boolean)
  expect(held.filter((name) => !ALLOWED.test(name))).toEqual([])
  const records = held.filter((each) => each.endsWith('.json'))
  for (const [i, text] of textsAt(clone.dir, records).entries())
    expect(JSON.parse(text), records[i]).toBeTypeOf('object')
  for (const name of recordsOf(clone.dir)) {
    const text = fs.readFileSync(name, 'utf8')
    expect(text, name).not.toMatch(/^[<=>]{7}/m)
    if (name.endsWith('.json')) expect(JSON.parse(text), name).toBeTypeOf('object')
  }
  const { json } = await clone.coord('status', '--json')
  expect(json.problems).toEqual([])
  expect(await clone.messages()).toEqual(expect.arrayContaining(sent))
  await clone.coord('heartbeat', 'testing', 'afterwards')
}

/** What git holds of files at HEAD, all asked of one process (git-cat-file(1): a line that ends with the size, the text, a line feed). */
function textsAt(cwd: string, names: string[]): string[] {
  const input = names.map((name) => `HEAD:${name}\n`).join('')
  let rest = execFileSync('git', ['cat-file', '--batch'], { cwd, env: cleanEnvironment(), input })
  return names.map((name) => {
    const [line, size] = /^\w+ blob (\d+)\n/.exec(rest.subarray(0, 100).toString('latin1')) ?? []
    if (line === undefined) throw new Error(`git has no ${name}: ${rest.subarray(0, 100)}`)
    const text = rest.subarray(line.length, line.length + Number(size)).toString('utf8')
    rest = rest.subarray(line.length + Number(size) + 1)
    return text
  })
}

/** The message, handoff and session-log files of a working tree. */
function recordsOf(dir: string): string[] {
  return ['messages', 'handoffs', 'session-log'].flatMap((name) => {
    const root = path.join(roomOf(dir), name)
    if (!fs.existsSync(root)) return []
    const entries = fs.readdirSync(root, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .filter(
        (file) =>
          !path
            .relative(root, file)
            .split(path.sep)
            .some((part) => part.startsWith('.')),
      )
  })
}
