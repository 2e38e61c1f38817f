/** A room with a file of every kind that coord reads, made by its own commands, and by hand where only a crash leaves such a file. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { runInside } from '../helpers/caught.ts'

/** When the room is looked at. */
export const NOW = '2026-11-20T12:30:00.000Z'

const ACTS: [at: string, ...args: string[]][] = [
  ['10:00', 'start', '--id', 'old', '--work', 'long ago'],
  ['10:00', 'send', 'broadcast', 'from the old one', '--session', 'old'],
  ['10:01', 'end', '--session', 'old', '--completed', 'done'],
  ['12:00', 'gc'],
  ['12:10', 'start', '--id', 'one', '--work', 'church'],
  ['12:10', 'start', '--id', 'two', '--work', 'tower'],
  ['12:11', 'claim', 'droplet', 'church', '--session', 'one'],
  ['12:11', 'renew', 'droplet', 'church', '--for', '6h', '--session', 'one'],
  ['12:12', 'claim', 'droplet', 'tower', '--session', 'two'],
  ['12:12', 'claim', 'file', 'a.ts', 'b.ts', '--session', 'one'],
  ['12:13', 'claim', 'task', 'given', '--session', 'two'],
  ['12:13', 'claim', 'droplet', 'tower', '--session', 'one'],
  ['12:14', 'heartbeat', 'building', 'church', '--session', 'one', '--progress', '30%', '--files', 'a.ts'],
  ['12:14', 'heartbeat', 'testing', 'tower', '--session', 'two'],
  ['12:15', 'send', 'one', 'for you', '--ack', '--session', 'two'],
  ['12:16', 'send', 'broadcast', 'for all', 'with words', '--session', 'two', '--priority', 'high'],
  ['12:17', 'inbox', '--session', 'one', '--limit', '1'],
  ['12:17', 'inbox', '--session', 'two'],
  ['12:18', 'handoff', 'task', 'given', '--to', 'one', '--note', 'yours', '--session', 'two'],
  ['12:19', 'claim', 'task', 'mine', '--session', 'one'],
  ['12:20', 'board'],
]

const BY_HAND: Record<string, string> = {
  'status/one_status.2026-11-20_12-11-30-000-abcd.json':
    '{"timestamp":"2026-11-20T12:11:00.000Z","session":"one","status":"working","message":"set aside"}\n',
  '.state/waiting/droplet-church/000000000000001-1-abcd': 'two\t2026-11-20T12:20:00.000Z\t1\t1\t\t\n',
  '.state/agents/claude-abc/one': 'agent',
  '.state/terminals/tmux/one': 'person',
  '.state/signs.json': '{"at":1763641800000,"seen":{"script":1763641800000}}',
  '.state/board-cache': '{"at":1,"journal":"","sessions":{"names":[],"lines":[]}}\n',
  '.state/locks/session-one': '4194304 1 abc',
  '.state/locks/board': '4194304 1 abc',
  '.state/quarantine/2026-11-20_12-00-00-000-abcd/sessions/junk.json': 'junk',
  'sessions/script.json':
    '{"session_id":"script","started_at":"2026-11-20 12:00 UTC","status":"active","capabilities":[]}',
  'claims/droplet-roof.claim':
    '{"claimed_by":"script","claimed_at":"2026-11-20T12:20:00Z","resource_type":"droplet","resource_name":"roof"}',
  'heartbeats/2026-11-20_12-21-script.json':
    '{"session_id":"script","timestamp":"2026-11-20T12:21:00Z","action":"building","target":"roof"}',
  'templates/STATUS_BOARD.md.hbs': '# Board\n{{#each sessions}}\n- {{session_id}}\n{{/each}}\n',
  'alerts/note.md': 'a note\n',
  'session-log/2026-11-20.md': 'a log\n',
}

/** Make the room in a directory; fails if one of its acts does. */
export function makeRoom(home: string, dir: string): void {
  fs.mkdirSync(dir, { recursive: true })
  execFileSync('git', ['init', '-q', '--template=', dir])
  for (const [at, ...args] of ACTS) {
    const env = { PATH: process.env.PATH, COORD_NOW: `2026-11-20T${at}:00.000Z` }
    const { code, err } = runInside({ home, cwd: dir, env }, args)
    const refused = args[0] === 'claim' && args[2] === 'tower' && args.at(-1) === 'one'
    if ((code !== 0) !== refused) throw new Error(`coord ${args.join(' ')}: ${err}`)
    if (args[0] === 'start' && args[2] === 'old') track(dir)
  }
  const root = path.join(dir, 'COORDINATION')
  for (const [file, text] of Object.entries(BY_HAND)) {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
    fs.writeFileSync(path.join(root, file), text)
  }
  begin(root)
}

/** A room that keeps copies of its mail. */
function track(dir: string): void {
  const file = path.join(dir, 'COORDINATION/config.json')
  const config = JSON.parse(fs.readFileSync(file, 'utf8'))
  fs.writeFileSync(
    file,
    JSON.stringify(
      { ...config, git: { ...config.git, track: true }, claims: { ...config.claims, durability: 'process' } },
      null,
      2,
    ),
  )
}

/** A handoff that was cut off before its file was written. */
function begin(root: string): void {
  const [name] = fs.readdirSync(path.join(root, 'handoffs')).filter((each) => each.endsWith('.md'))
  const text = fs.readFileSync(path.join(root, 'handoffs', name!), 'utf8').split('---')[1]!
  const begun = { ...JSON.parse(text), id: '2026-11-20_12-18-30-000-two-zzzz' }
  fs.mkdirSync(path.join(root, '.state/handing'), { recursive: true })
  fs.writeFileSync(path.join(root, `.state/handing/${begun.id}.json`), JSON.stringify(begun))
}

/** The kind of a file of the room by its path; null for one that no reader opens. */
export function kindOf(file: string): string | null {
  return KINDS.find(([, pattern]) => pattern.test(file))?.[0] ?? null
}

export const KINDS: [kind: string, files: RegExp][] = [
  ['session', /^sessions\/\w+\.json$/],
  ['heartbeat', /^heartbeats\/.*\.json$/],
  ['claim', /^claims\/.*\.claim$/],
  ['broadcast', /^messages\/broadcast\/.*\.json$/],
  ['direct message', /^messages\/direct\/.*\.json$/],
  ['receipts', /^receipts\/.*\.jsonl$/],
  ['status', /^status\/[^.]*_status\.json$/],
  ['status set aside', /^status\/.*_status\..*\.json$/],
  ['handoff', /^handoffs\/.*\.md$/],
  ['archived session', /^archive\/.*\/sessions\/.*$/],
  ['archived status', /^archive\/.*\/status\/.*$/],
  ['config', /^config\.json$/],
  ['copy of the config', /^\.state\/config\.json$/],
  ['slot', /^\.state\/ledger\/.*\/\d+$/],
  ['held mark', /^\.state\/held\/.*\.claim$/],
  ['ticket', /^\.state\/waiting\/.*$/],
  ['binding', /^\.state\/bindings\/.*$/],
  ['mark of a process', /^\.state\/(processes|agents|terminals)\/.*$/],
  ['kept mail', /^\.state\/mail\/.*\.json$/],
  ['begun handoff', /^\.state\/handing\/.*\.json$/],
  ['last handoff', /^\.state\/handoffs\/.*$/],
  ['index', /^(index\.json|STATUS_BOARD\.md)$/],
  ['current session', /^\.current_session$/],
  ['recent', /^\.state\/(recent|refusals)\.jsonl$/],
  ['cache', /^\.state\/(signs\.json|board-cache|board-journal|pruned|reserve)$/],
  ['lock', /^\.state\/locks\/.*$/],
  ['template', /^templates\/.*$/],
  ['quarantined', /^\.state\/quarantine\/.*$/],
  ['tracked text', /^(README\.md|\.gitignore|\.gitattributes|[a-z-]+\/\.gitignore)$/],
  ['text of people', /^(alerts|session-log)\/[^.].*$/],
]
