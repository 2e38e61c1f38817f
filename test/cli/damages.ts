/** Damages of a room by name: what somebody did to it, how doctor names it, and at which path. For rooms made by `makeBusyRoom`. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { bootId, pidNamespace } from '../../src/store/processes.ts'
import { inside } from '../helpers/inside.ts'
import { copyOf, once, PINNED, repository, roomAt } from './rooms.ts'

const busy = once(async () => {
  const dir = repository()
  const done = (session: string | undefined, ...args: string[]) => {
    const { code, err } = inside({ cwd: dir, session, env: PINNED }, ...args)
    if (code !== 0) throw new Error(`coord ${args.join(' ')}: ${err}`)
  }
  for (const id of ['one', 'two']) done(undefined, 'start', '--id', id)
  const acts: [string, ...string[]][] = [
    ['one', 'claim', 'droplet', 'church'],
    ['one', 'renew', 'droplet', 'church', '--for', '6h'],
    ['one', 'claim', 'droplet', 'tower'],
    ['two', 'claim', 'task', 'x'],
    ['two', 'renew', 'task', 'x', '--for', '6h'],
    ['one', 'claim', 'file', 'a.ts', 'b.ts'],
    ['one', 'heartbeat', 'building', 'church'],
    ['one', 'send', 'two', 'direct', 'for you'],
    ['two', 'send', 'broadcast', 'all', 'for all'],
    ['one', 'inbox'],
    ['two', 'inbox'],
  ]
  for (const [session, ...args] of acts) done(session, ...args)
  return dir
})

/** A room in a repository, in use: two sessions with claims, messages, receipts and heartbeats. */
export async function makeBusyRoom() {
  const room = roomAt(copyOf(await busy()))
  const json = (file: string) => JSON.parse(room.read(file)) as Record<string, any>
  return { ...room, json }
}
export type BusyRoom = Awaited<ReturnType<typeof makeBusyRoom>>

export interface Damage {
  does(room: BusyRoom): void
  kind: string
  /** The path that is named, or its beginning. */
  path: string
}

const at = (room: BusyRoom, file: string) => path.join(room.root, file)
const write = (room: BusyRoom, file: string, text: string) => {
  fs.mkdirSync(path.dirname(at(room, file)), { recursive: true })
  fs.writeFileSync(at(room, file), text)
}
const remove = (room: BusyRoom, file: string) => fs.rmSync(at(room, file), { recursive: true, force: true })
const STAMP = '2026-11-20_09-00-00-000'
const MESSAGE = '{"from":"one","to":"broadcast","timestamp":"2026-11-20T09:00:00Z","subject":"s","message":'
/** Make a file an hour and a half old. */
const age = (room: BusyRoom, file: string) => {
  const then = Date.now() / 1000 - 5400
  fs.utimesSync(at(room, file), then, then)
}

/** Those that `doctor --fix` mends. */
export const DAMAGES: Record<string, Damage> = {
  'a session file of junk': {
    does: (room) => write(room, 'sessions/junk.json', '\0\x01junk'),
    kind: 'unreadable',
    path: 'sessions/junk.json',
  },
  'a raw newline in a session': {
    does: (room) =>
      write(room, 'sessions/raw.json', '{"session_id":"raw","status":"completed","current_work":"a\nb"}'),
    kind: 'repaired',
    path: 'sessions/raw.json',
  },
  'a sync copy of a session': {
    does: (room) => write(room, 'sessions/one 2.json', room.read('sessions/one.json')),
    kind: 'copy',
    path: 'sessions/one 2.json',
  },
  'a session that lies only under the name of a copy': {
    does: (room) => write(room, 'sessions/left 2.json', '{"session_id":"left","status":"completed"}'),
    kind: 'misnamed',
    path: 'sessions/left 2.json',
  },
  'a session whose id is none': {
    does: (room) => write(room, 'sessions/evil.json', '{"session_id":"../../evil"}'),
    kind: 'bad-id',
    path: 'sessions/evil.json',
  },
  'a directory in place of a session': {
    does: (room) => write(room, 'sessions/dir.json/inner', 'kept'),
    kind: 'not-a-file',
    path: 'sessions/dir.json',
  },
  'a bad escape in a message': {
    does: (room) => write(room, `messages/broadcast/${STAMP}-one-aaaa.json`, `${MESSAGE}"go \\! on"}`),
    kind: 'repaired',
    path: `messages/broadcast/${STAMP}-one-aaaa.json`,
  },
  'a torn message': {
    does: (room) => write(room, `messages/direct/two/${STAMP}-one-bbbb.json`, '{"fr'),
    kind: 'unreadable',
    path: `messages/direct/two/${STAMP}-one-bbbb.json`,
  },
  'a sync copy of a message': {
    does: (room) => {
      const name = room.files('messages/broadcast').find((each) => !each.startsWith(STAMP))
      write(room, `messages/broadcast/${name!.slice(0, -5)} 2.json`, room.read(`messages/broadcast/${name}`))
    },
    kind: 'copy',
    path: 'messages/broadcast/',
  },
  'a message longer than any is read': {
    does: (room) =>
      write(room, `messages/broadcast/${STAMP}-one-cccc.json`, `${MESSAGE}"${'x'.repeat(300_000)}"}`),
    kind: 'too-big',
    path: `messages/broadcast/${STAMP}-one-cccc.json`,
  },
  'a symlink in place of a message': {
    does: (room) => fs.symlinkSync('/etc/hostname', at(room, `messages/broadcast/${STAMP}-one-dddd.json`)),
    kind: 'not-a-file',
    path: `messages/broadcast/${STAMP}-one-dddd.json`,
  },
  'a FIFO among the heartbeats': {
    does: (room) => void execFileSync('mkfifo', [at(room, `heartbeats/${STAMP}-one.json`)]),
    kind: 'not-a-file',
    path: `heartbeats/${STAMP}-one.json`,
  },
  'a truncated heartbeat': {
    does: (room) => write(room, 'heartbeats/2026-11-20_09-30-00-000-one.json', '{"session_id":"o'),
    kind: 'unreadable',
    path: 'heartbeats/2026-11-20_09-30-00-000-one.json',
  },
  'a removed claim file': {
    does: (room) => remove(room, 'claims/droplet-church.claim'),
    kind: 'drifted',
    path: 'claims/droplet-church.claim',
  },
  'a claim file with conflict markers': {
    does: (room) => {
      const text = room.read('claims/droplet-tower.claim')
      write(room, 'claims/droplet-tower.claim', `<<<<<<< HEAD\n${text}=======\n${text}>>>>>>> other\n`)
    },
    kind: 'repaired',
    path: 'claims/droplet-tower.claim',
  },
  'a claim file that the ledger has released': {
    does: (room) => {
      const claim = { ...room.json('claims/file-a.ts.claim'), resource_name: 'old.ts', claim_id: 'old' }
      write(room, 'claims/file-old.ts.claim', JSON.stringify(claim))
    },
    kind: 'drifted',
    path: 'claims/file-old.ts.claim',
  },
  'an unreadable head of a ledger': {
    does: (room) => write(room, '.state/ledger/task-x/000000000002', 'junk'),
    kind: 'damaged',
    path: '.state/ledger/task-x/000000000002',
  },
  'an unreadable slot below a head': {
    does: (room) => write(room, '.state/ledger/droplet-church/000000000001', '{"version":1,'),
    kind: 'damaged-slot',
    path: '.state/ledger/droplet-church/000000000001',
  },
  'a session that forgot what it holds': {
    does: (room) => remove(room, '.state/held/one'),
    kind: 'unmarked',
    path: '.state/held/one/',
  },
  'a bad line in receipts': {
    does: (room) => fs.appendFileSync(at(room, 'receipts/one.jsonl'), '{"at":"x","mess\n'),
    kind: 'skipped',
    path: 'receipts/one.jsonl',
  },
  'a bad line in a history': {
    does: (room) => fs.appendFileSync(at(room, 'status/one_status.json'), 'junk \xff junk\n'),
    kind: 'skipped',
    path: 'status/one_status.json',
  },
  'a file in place of a directory': {
    does: (room) => {
      remove(room, 'alerts')
      write(room, 'alerts', 'in the way')
    },
    kind: 'not-a-directory',
    path: 'alerts',
  },
  'a missing README': {
    does: (room) => remove(room, 'README.md'),
    kind: 'missing',
    path: 'README.md',
  },
  'a missing config': {
    does: (room) => remove(room, 'config.json'),
    kind: 'missing',
    path: 'config.json',
  },
  'a missing inner .gitignore': {
    does: (room) => remove(room, 'sessions/.gitignore'),
    kind: 'missing',
    path: 'sessions/.gitignore',
  },
  'an inner .gitignore that lets git see all': {
    does: (room) => write(room, 'status/.gitignore', '# nothing\n'),
    kind: 'missing',
    path: 'status/.gitignore',
  },
  'missing exclusions': {
    does: (room) => fs.writeFileSync(path.join(room.dir, '.git/info/exclude'), '*.swp\n'),
    kind: 'exclusions',
    path: '/',
  },
  'a temporary file of a crash': {
    does: (room) => {
      write(room, '.state/ledger/file/.tmp-4194305-x-0', 'half')
      age(room, '.state/ledger/file/.tmp-4194305-x-0')
    },
    kind: 'leftover',
    path: '.state/ledger/file/.tmp-4194305-x-0',
  },
  'a lock of a process that is gone': {
    does: (room) => write(room, '.state/locks/session-one', `4194304 1 ${bootId()} ${pidNamespace()} abc`),
    kind: 'leftover',
    path: '.state/locks/session-one',
  },
  'the binding of a process that is gone': {
    does: (room) => {
      write(room, '.state/processes/00000000-1-99-1/ghost', 'person')
      age(room, '.state/processes/00000000-1-99-1')
    },
    kind: 'leftover',
    path: '.state/processes/00000000-1-99-1',
  },
  'a place in a line left by a crash': {
    does: (room) => {
      write(room, '.state/waiting/task-x/000000000000001-1-abcd', 'one\t2026-11-20T09:00:00.000Z\t1\t1\t\t\n')
      age(room, '.state/waiting/task-x/000000000000001-1-abcd')
    },
    kind: 'leftover',
    path: '.state/waiting/task-x/000000000000001-1-abcd',
  },
  'a current session that nobody knows': {
    does: (room) => write(room, '.current_session', 'ghost\n'),
    kind: 'leftover',
    path: '.current_session',
  },
  'a binding of junk': {
    does: (room) => write(room, '.state/bindings/one.json', 'junk'),
    kind: 'unreadable',
    path: '.state/bindings/one.json',
  },
}

/** Those that only people can mend; each with the command, where one does it. */
export const FOR_PEOPLE: Record<string, Damage & { fix: RegExp | null }> = {
  'a claim of a session that is not registered': {
    does: (room) =>
      write(
        room,
        'claims/droplet-roof.claim',
        '{"claimed_by":"ghost","claimed_at":"2026-11-20T09:59:00Z","resource_type":"droplet","resource_name":"roof"}',
      ),
    kind: 'orphaned',
    path: 'droplet/roof',
    fix: /^coord release droplet roof --force --reason '.*' --as human$/,
  },
  'an id that speaks without being registered': {
    does: (room) =>
      write(
        room,
        'status/stranger_status.json',
        '{"timestamp":"2026-11-20T09:59:00Z","session":"stranger","status":"working","metadata":{"event":"heartbeat"}}\n',
      ),
    kind: 'unregistered',
    path: 'sessions/stranger.json',
    fix: /^coord start --id stranger$/,
  },
  'an empty mailbox of nobody': {
    does: (room) => fs.mkdirSync(at(room, 'messages/direct/nobody')),
    kind: 'mailbox',
    path: 'messages/direct/nobody',
    fix: /^coord gc$/,
  },
  'mail for nobody': {
    does: (room) => write(room, `messages/direct/nobody/${STAMP}-one-eeee.json`, `${MESSAGE}"hello"}`),
    kind: 'mailbox',
    path: 'messages/direct/nobody',
    fix: /^coord start --id nobody$/,
  },
  'a config that is no JSON': {
    does: (room) => write(room, 'config.json', '<<<<<<< HEAD\n{}'),
    kind: 'config',
    path: 'config.json',
    fix: /^mv \S+config\.json \S+config\.json\.broken && coord doctor --fix$/,
  },
  'a config that is a list': {
    does: (room) => write(room, 'config.json', '[]'),
    kind: 'config',
    path: 'config.json',
    fix: /^mv \S+config\.json \S+config\.json\.broken && coord doctor --fix$/,
  },
  'settings that contradict each other': {
    does: (room) => write(room, 'config.json', '{"claims":{"defaultFor":"10d"}}'),
    kind: 'config',
    path: 'config.json',
    fix: /^coord config set claims\.defaultFor 7d$/,
  },
  'an unknown setting': {
    does: (room) => write(room, 'config.json', '{"claims":{"defaltFor":"1d"}}'),
    kind: 'config',
    path: 'config.json',
    fix: null,
  },
  'a bad value in the config': {
    does: (room) => write(room, 'config.json', '{"sessions":{"staleAfter":"soon"}}'),
    kind: 'config',
    path: 'config.json',
    fix: /^coord config set sessions\.staleAfter 5m$/,
  },
  'a broken template': {
    does: (room) => write(room, 'templates/STATUS_BOARD.md.hbs', '{{#each}'),
    kind: 'template',
    path: 'templates/STATUS_BOARD.md.hbs',
    fix: null,
  },
  'a note among the sessions': {
    does: (room) => write(room, 'sessions/notes.txt', 'mine'),
    kind: 'foreign',
    path: 'sessions/notes.txt',
    fix: null,
  },
  'a session from the future': {
    does: (room) =>
      write(
        room,
        'sessions/early.json',
        '{"session_id":"early","status":"completed","last_seen":"2026-11-20T12:00:00.000Z"}',
      ),
    kind: 'future',
    path: 'sessions/early.json',
    fix: null,
  },
  'another room in a subdirectory': {
    does: (room) => fs.mkdirSync(path.join(room.dir, 'web/COORDINATION/sessions'), { recursive: true }),
    kind: 'second-room',
    path: '/',
    fix: null,
  },
  'runtime files that were committed': {
    does: (room) => void execFileSync('git', ['add', '-f', 'COORDINATION/sessions'], { cwd: room.dir }),
    kind: 'tracked',
    path: 'COORDINATION/sessions',
    fix: /^git -C \S+ rm -rqf --cached COORDINATION\/sessions$/,
  },
  'runtime files of many kinds that were committed': {
    does: (room) => {
      execFileSync('git', ['add', '-f', 'COORDINATION'], { cwd: room.dir })
      write(room, 'templates/mine.hbs', 'stays')
      execFileSync('git', ['add', 'COORDINATION/templates'], { cwd: room.dir })
    },
    kind: 'tracked',
    path: 'COORDINATION',
    fix: /^git -C \S+ ls-files -ciz --exclude-standard COORDINATION \| xargs -0 git -C \S+ rm -qf --cached$/,
  },
  'a ledger of a newer coord': {
    does: (room) => write(room, '.state/ledger/droplet-tower/000000000002', '{"version":2}'),
    kind: 'newer',
    path: '.state/ledger/droplet-tower/000000000002',
    fix: /^npm install -g git-coord@latest$/,
  },
}
