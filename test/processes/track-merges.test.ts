/**
 * A tracked room (`init --track`) in two clones under everything that git does to a working tree. The first table are the
 * twenty changes on both sides that were once tried with a room tracked as a whole: half of them ended in a conflict or in records that
 * are no JSON. The second are the ways in which git takes files away and brings them back.
 */
import fs from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { coord, shell } from '../helpers/cli.ts'
import { fileDirectory, temporaryDirectory } from '../helpers/directories.ts'
import { inside } from '../helpers/inside.ts'
import { type Layout, readLayout, writeLayout } from '../helpers/layouts.ts'
import { FIXTURES } from '../seed/scripts.ts'
import { both, type Clone, expectSound, twoClones } from './clones.ts'
import { git, roomOf } from './support.ts'

interface Pair {
  a: Clone
  b: Clone
}
/** What happens between the clones; returns the ids of the messages that must not get lost. */
type Story = (pair: Pair) => Promise<string[]>

let made: Layout
beforeAll(async () => {
  const dir = fileDirectory()
  await twoClones(dir)
  made = readLayout(dir, null)
})

/** A copy of the two clones, as if they had just been made. */
function pair(): Pair {
  const dir = temporaryDirectory()
  writeLayout(made, dir)
  return both(dir)
}

/** Both commit and meet: a merge in `b`, a fast-forward in `a`. */
function meet({ a, b }: Pair): void {
  a.commit('Of a')
  b.commit('Of b')
  a.push()
  b.pull()
  b.push()
  a.pull()
}

/** Both do the same or the like, and meet. */
const onBoth =
  (act: (clone: Clone) => Promise<unknown>): Story =>
  async (clones) => {
    const sent: string[] = []
    for (const clone of [clones.a, clones.b]) {
      await act(clone)
      sent.push(await clone.send(`from ${clone.session}`))
    }
    meet(clones)
    return sent
  }

const claim = (clone: Clone) => clone.coord('claim', 'droplet', 'x')
const board = (clone: Clone) => clone.coord('board')

/** Both have a git attribute of the user's, and a merge driver `own` that would fail if git ever called it; then both act and meet. */
const withAttribute =
  (line: string, act: (clone: Clone) => Promise<unknown>): Story =>
  async (clones) => {
    for (const clone of [clones.a, clones.b]) clone.git('config', 'merge.own.driver', 'false')
    fs.writeFileSync(path.join(clones.a.dir, '.gitattributes'), `${line}\n`)
    meet(clones)
    return onBoth(act)(clones)
  }

const LOG = 'COORDINATION/session-log/SESSION-LOG-2026-11-20.md'
const SECOND = '2026-11-20_10-00-00-session-001.json'
const seedMessage = (subject: string) =>
  `${JSON.stringify({ from: 'session-001', to: 'broadcast', timestamp: '2026-11-20T10:00:00Z', subject, message: 'x' })}\n`

/** As another session, in both clones the same. */
const twin = async (clone: Clone, ...args: string[]) => {
  const { code, err } = inside({ cwd: clone.dir, session: 'twin' }, ...args)
  expect(code, err).toBe(0)
}
const startTwin = async (clone: Clone) =>
  inside({ cwd: clone.dir, env: { AI_AGENT: 'none' } }, 'start', '--id', 'twin')

/** The change on both sides, as a sentence; how it goes, or why it can't happen in a room that coord tracks. */
const CHANGES: [title: string, story: Story][] = [
  [
    'different session files on both sides stay local and merge',
    onBoth((clone) => clone.coord('heartbeat', 'building')),
  ],
  [
    'the same session file on both sides stays local and merges',
    onBoth(async (clone) => {
      await startTwin(clone)
      await twin(clone, 'heartbeat', 'building', clone.session)
    }),
  ],
  ['STATUS_BOARD.md rewritten on both sides stays local', onBoth(board)],
  ['STATUS_BOARD.md with merge=union stays local', withAttribute('STATUS_BOARD.md merge=union', board)],
  [
    'STATUS_BOARD.md with merge=ours and a driver stays local',
    withAttribute('STATUS_BOARD.md merge=own', board),
  ],
  [
    '.current_session of both sides stays local',
    onBoth(async (clone) => expect(clone.read('COORDINATION/.current_session')).toContain(clone.session)),
  ],
  ['the same resource claimed on both sides is a claim in each room', onBoth(claim)],
  ['a claim with merge=union stays local', withAttribute('*.claim merge=union', claim)],
  ['a claim with a merge driver of its own stays local', withAttribute('*.claim merge=own', claim)],
  [
    'a release on one side and a renewal on the other merge',
    onBoth(async (clone) => {
      await claim(clone)
      await clone.coord(clone.session === 'session-a' ? 'release' : 'renew', 'droplet', 'x')
    }),
  ],
  [
    'a takeover on one side and a renewal on the other merge',
    onBoth(async (clone) => {
      await startTwin(clone)
      await twin(clone, 'claim', 'droplet', 'x')
      if (clone.session === 'session-a') await twin(clone, 'end')
      if (clone.session === 'session-a') await claim(clone)
      else await twin(clone, 'renew', 'droplet', 'x')
    }),
  ],
  [
    'a claim released on both sides merges',
    onBoth(async (clone) => {
      await claim(clone)
      await clone.coord('release', 'droplet', 'x')
    }),
  ],
  [
    "heartbeats of the seed's minute names, of one session, stay local",
    onBoth(async (clone) => {
      await startTwin(clone)
      clone.write('COORDINATION/.current_session', 'twin\n')
      const script = path.join(FIXTURES, 'session-heartbeat.sh')
      const { code } = await shell({ cwd: clone.dir }, `bash '${script}' building ${clone.session} BUILD`)
      expect(code).toBe(0)
    }),
  ],
  [
    'heartbeats of unique names stay local',
    onBoth((clone) => clone.coord('heartbeat', 'building', 'x', 'BUILD')),
  ],
  [
    'a shared JSON Lines file, the history of one session, stays local',
    onBoth(async (clone) => {
      await startTwin(clone)
      clone.append('COORDINATION/status/twin_status.json', `{"message":"${clone.session}"}\n`)
    }),
  ],
  [
    'lines appended to one session log by both sides are all kept, by merge=union',
    async (clones) => {
      for (const clone of [clones.a, clones.b]) clone.write(LOG, `- 10:00 ${clone.session}: first\n`)
      meet(clones)
      for (const clone of [clones.a, clones.b]) clone.append(LOG, `- 11:00 ${clone.session}: torn`)
      meet(clones)
      for (const { read } of [clones.a, clones.b])
        for (const text of ['a: first', 'b: first', 'a: torn', 'b: torn']) expect(read(LOG)).toContain(text)
      return []
    },
  ],
  [
    'messages of both sides merge, also those that one session wrote in both clones',
    onBoth(async (clone) => {
      await startTwin(clone)
      await twin(clone, 'send', 'broadcast', 'from the twin', 'x')
      await clone.send('to the other', clone.session === 'session-a' ? 'session-b' : 'session-a')
    }),
  ],
  [
    "messages of the seed's second names, of one session and second, stay local, where each is read",
    onBoth(async (clone) => {
      clone.write(`COORDINATION/messages/broadcast/${SECOND}`, seedMessage(clone.session))
      const { json } = await clone.coord('messages', '--json')
      expect(json.messages[0].subject).toBe(clone.session)
    }),
  ],
  [
    'claims of Foo and foo are one resource in each room, and neither is tracked',
    onBoth((clone) => clone.coord('claim', 'droplet', clone.session === 'session-a' ? 'Foo' : 'foo')),
  ],
  [
    'a fresh clone, which has no empty directories, makes those that it needs',
    async ({ a }) => {
      const id = await a.send('before the clone')
      a.commit('Of a')
      a.push()
      const dir = `${a.dir}-fresh`
      git(path.dirname(dir), 'clone', '-q', 'origin.git', dir)
      expect(fs.existsSync(path.join(roomOf(dir), 'claims'))).toBe(false)
      const started = await coord({ cwd: dir, env: { AI_AGENT: 'none' } }, 'start', '--id', 'fresh', '--json')
      expect(started.json).toMatchObject({ ok: true, unread: 1 })
      git(dir, 'add', '-A')
      expect(git(dir, 'status', '--porcelain')).toBe('')
      return [id]
    },
  ],
]

describe('changes on both sides', () => {
  test('are the twenty that were tried', () => expect(CHANGES).toHaveLength(20))
  for (const [title, story] of CHANGES) test(title, () => tell(story))
})

/** Tell a story, then look at both rooms; they meet once more, so that each must have all. */
async function tell(story: Story): Promise<void> {
  const clones = pair()
  const sent = await story(clones)
  for (const clone of [clones.a, clones.b]) {
    clone.git('checkout', '-q', 'main')
    sent.push(await clone.send(`later, from ${clone.session}`))
  }
  meet(clones)
  for (const clone of [clones.a, clones.b]) await expectSound(clone, sent)
}

const MOVES: [title: string, story: Story][] = [
  [
    'a rebase of one side onto the other keeps the messages of both',
    async ({ a, b }) => {
      const sent = [await a.send('one'), await b.send('two')]
      a.commit('Of a')
      b.commit('Of b')
      a.push()
      b.git('pull', '-q', '--rebase', 'origin', 'main')
      b.push()
      a.pull()
      return sent
    },
  ],
  [
    'a squash merge and a merge of the same branch afterwards keep all',
    async ({ a }) => {
      a.git('checkout', '-q', '-b', 'side')
      const sent = [await a.send('on the side')]
      a.commit('Side')
      a.git('checkout', '-q', 'main')
      sent.push(await a.send('on main'))
      a.commit('Main')
      a.git('merge', '-q', '--squash', 'side')
      a.commit('Squashed')
      a.git('merge', '-q', '--no-edit', 'side')
      return sent
    },
  ],
  [
    'a merge of three branches at once keeps the messages of all',
    async ({ a }) => {
      const sent: string[] = []
      for (const name of ['one', 'two', 'three']) {
        a.git('checkout', '-q', '-b', name, 'main')
        sent.push(await a.send(name))
        a.commit(name)
      }
      a.git('checkout', '-q', 'main')
      a.git('merge', '-q', '--no-edit', 'one', 'two', 'three')
      return sent
    },
  ],
  [
    'a stash takes uncommitted messages away, the room shows them all the same, and they come back',
    async ({ a }) => {
      const sent = [await a.send('untracked')]
      a.git('stash', '-q', '-u')
      expect(fs.existsSync(a.file(`COORDINATION/messages/broadcast/${sent[0]}.json`))).toBe(false)
      expect(await a.messages()).toEqual(sent)
      sent.push(await a.send('meanwhile'))
      a.git('stash', 'pop', '-q')
      return sent
    },
  ],
  [
    'a checkout of a branch without the messages, with acts there, leaves no file in the way back',
    async ({ a }) => {
      a.git('branch', 'old')
      const sent = [await a.send('first'), await a.send('to b', 'session-b')]
      a.commit('Messages')
      a.git('checkout', '-q', 'old')
      expect(await a.messages()).toEqual(sent)
      sent.push(await a.send('from the old branch'))
      await a.coord('inbox')
      await a.coord('init')
      a.git('checkout', '-q', 'main')
      return sent
    },
  ],
  [
    'a checkout of a commit without any room hides no message and commits nothing of the room',
    async ({ a }) => {
      const sent = [await a.send('first')]
      a.commit('Messages')
      a.git('checkout', '-q', 'main~2')
      expect(fs.existsSync(a.file('COORDINATION/config.json'))).toBe(false)
      sent.push(await a.send('while away'))
      expect((await a.messages()).toSorted()).toEqual(sent.toSorted())
      expect(a.git('status', '--porcelain', '-uall')).toBe('')
      a.git('checkout', '-q', 'main')
      expect(a.git('status', '--porcelain', '-uall')).toContain(sent[1]!)
      return sent
    },
  ],
  [
    'a cherry-pick of a commit with messages brings them, and the merge afterwards does not mind',
    async (clones) => {
      const sent = [await clones.a.send('picked')]
      clones.a.commit('Of a')
      clones.a.push()
      clones.b.commit('Of b')
      clones.b.git('fetch', '-q', 'origin')
      clones.b.git('cherry-pick', 'origin/main')
      meet(clones)
      return sent
    },
  ],
  [
    'a revert of a commit with unread messages does not take them from either room',
    async (clones) => {
      const sent = [await clones.a.send('unread'), await clones.a.send('for you', 'session-b')]
      meet(clones)
      await clones.b.coord('inbox', '--json', '--limit', '1')
      clones.a.git('revert', '--no-edit', 'HEAD^2')
      meet(clones)
      expect(fs.existsSync(clones.b.file(`COORDINATION/messages/broadcast/${sent[0]}.json`))).toBe(false)
      const { json } = await clones.b.coord('inbox', '--json')
      expect(json.messages.map((message: any) => message.id)).toEqual([sent[1]])
      return sent
    },
  ],
  [
    'reset --hard and clean -fd, which delete uncommitted messages, do not take them from the room',
    async ({ a }) => {
      const sent = [await a.send('staged'), await a.send('untracked')]
      a.git('add', `COORDINATION/messages/broadcast/${sent[0]}.json`)
      a.git('reset', '-q', '--hard')
      a.git('clean', '-fdq')
      expect(await a.messages()).toEqual(sent)
      return []
    },
  ],
  [
    'handoffs of one name on both sides are both kept in one text',
    async (clones) => {
      const name = 'COORDINATION/handoffs/notes.md'
      for (const clone of [clones.a, clones.b]) clone.write(name, `# Of ${clone.session}\n`)
      meet(clones)
      for (const clone of [clones.a, clones.b])
        expect(clone.read(name)).toMatch(/session-[ab]\n.*session-[ab]\n/)
      return []
    },
  ],
  [
    'with core.autocrlf=true records stay as they were written, and git has nothing to say about it',
    async (clones) => {
      for (const { git } of [clones.a, clones.b]) git('config', 'core.autocrlf', 'true')
      const sent = [await clones.a.send('one'), await clones.b.send('two')]
      meet(clones)
      clones.a.git('rm', '-rq', '--cached', '.')
      clones.a.git('reset', '-q', '--hard')
      expect(clones.a.read('a.txt')).toContain('\r\n')
      for (const name of ['.gitignore', 'config.json', `messages/broadcast/${sent[0]}.json`])
        expect(clones.a.read(`COORDINATION/${name}`), name).not.toContain('\r')
      await clones.a.coord('init')
      expect(clones.a.git('status', '--porcelain')).toBe('')
      return sent
    },
  ],
  [
    'temporary files and foreign ones are never added',
    async ({ a }) => {
      const sent = [await a.send('one')]
      a.write('COORDINATION/messages/broadcast/.tmp-1-abc-0', 'x')
      a.write(`COORDINATION/messages/broadcast/.tmp-1-abc-1-d/${sent[0]}.json`, 'x')
      a.write('COORDINATION/messages/.DS_Store', 'x')
      a.write('COORDINATION/handoffs/.tmp-1-abc-2', 'x')
      expect(a.git('status', '--porcelain', '-uall')).toBe(
        `?? COORDINATION/messages/broadcast/${sent[0]}.json`,
      )
      return sent
    },
  ],
  [
    'going back with --no-track on one side takes no message from the other',
    async (clones) => {
      const sent = [await clones.a.send('one'), await clones.b.send('two', 'session-a')]
      meet(clones)
      for (const clone of [clones.a, clones.b]) await clone.coord('init')
      const { err } = await clones.a.coord('init', '--no-track')
      const command = /git -C .*/.exec(err)![0]
      expect(await shell({ cwd: clones.a.dir }, command)).toMatchObject({ code: 0, err: '' })
      meet(clones)
      for (const clone of [clones.a, clones.b])
        expect((await clone.messages()).toSorted()).toEqual(sent.toSorted())
      expect(clones.b.git('ls-files', 'COORDINATION/messages')).toBe('')
      await clones.b.coord('init', '--track')
      meet(clones)
      return sent
    },
  ],
]

describe('what git does to a working tree', () => {
  test.each(MOVES)('%s', (_title, story) => tell(story))
})

test('sessions of two clones write to each other once one has written, and are told where the other is', async () => {
  const { a, b } = pair()
  await a.send('hello from afar', 'session-b')
  a.commit('Of a')
  a.push()
  b.pull()
  const [{ id }] = (await b.process('inbox', '--json')).json.messages
  const answers = [
    await b.process('reply', id, 'hello back'),
    await b.process('send', 'session-a', 'and a question'),
  ]
  for (const { out } of answers)
    expect(out).toContain(
      'session-a is not registered here: of another clone, which gets it with your commit',
    )
  expect((await b.process('status', '--json')).json.mailboxes).toEqual([])
  b.commit('Of b')
  b.push()
  a.pull()
  const mail = (await a.process('inbox', '--json')).json.messages
  expect(mail.map(({ subject }: any) => subject)).toEqual(['Re: hello from afar', 'and a question'])
})
