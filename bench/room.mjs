// A room of a given size, written as coord writes it: sessions with a mailbox each, claims of half of them, heartbeats of a day.
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import fs from 'fs-extra'

const iso = (time) => new Date(time).toISOString()
const stamp = (time) => iso(time).slice(0, 23).replace('T', '_').replace(/[:.]/g, '-')

/** The id of the i-th session. */
export const sessionId = (index) => `session-${1_763_200_000 + index}-bnch`

/**
 * Write a room below `dir`; returns the COORDINATION directory. `messages` are broadcast over the last day, `claims` are spread over the
 * sessions (default: every other session holds one), `archived` sessions ended a day ago.
 */
export function writeRoom(
  dir,
  { sessions, heartbeats, messages = 100, claims = sessions >> 1, archived = 0 },
) {
  const root = path.join(dir, 'COORDINATION')
  const now = Date.now()
  const put = (file, record) =>
    fs.outputFileSync(path.join(root, file), `${JSON.stringify(record, null, 2)}\n`)
  put('config.json', { version: 1 })
  for (let i = 0; i < sessions; i++) {
    const id = sessionId(i)
    put(`sessions/${id}.json`, session(id, i, now))
    const at = now - 1_800_000 - i
    const message = {
      from: sessionId(0),
      to: id,
      timestamp: iso(at),
      type: 'note',
      subject: 'note',
      message: 'x',
    }
    put(`messages/direct/${id}/${stamp(at)}-${sessionId(0)}-abcd.json`, message)
  }
  for (let i = 0; i < claims; i++)
    put(`claims/droplet-res-${i}.claim`, claim(`res-${i}`, sessionId((i * 2 + 1) % sessions), now))
  for (let i = 0; i < archived; i++) {
    const record = session(sessionId(sessions + i), i, now - 86_400_000)
    const month = record.last_seen.slice(0, 7)
    put(`archive/${month}/sessions/${record.session_id}.json`, { ...record, status: 'completed' })
  }
  put(
    'claims/droplet-res-held.claim',
    claim('res-held', sessionId(sessions > 1 ? 1 : 0).replace('bnch', sessions > 1 ? 'bnch' : 'othr'), now),
  )
  for (let i = 0; i < messages; i++) {
    const at = now - ((i + 1) * 86_400_000) / messages
    const from = sessionId(i % sessions)
    const record = {
      from,
      to: 'broadcast',
      timestamp: iso(at),
      type: 'note',
      subject: 'tests passing',
      message: 'x',
    }
    put(`messages/broadcast/${stamp(at)}-${from}-${String(i).padStart(4, '0')}.json`, record)
  }
  writeHeartbeats(root, sessions, heartbeats, now)
  return root
}

/** Make the directory of a room a repository of two hundred files with a commit, a change of one of them (`f1.txt`) staged. */
export function makeRepository(dir, env) {
  const git = (...args) =>
    execFileSync('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@example.org', ...args], {
      cwd: dir,
      env,
      stdio: 'ignore',
    })
  git('init')
  fs.outputFileSync(path.join(dir, '.git/info/exclude'), 'COORDINATION/\n')
  for (let i = 0; i < 200; i++) fs.writeFileSync(path.join(dir, `f${i}.txt`), 'one\n')
  git('add', '.')
  git('commit', '--no-verify', '-m', 'one')
  fs.writeFileSync(path.join(dir, 'f1.txt'), 'two\n')
  git('add', 'f1.txt')
}

function session(id, index, now) {
  const last = {
    timestamp: iso(now - 60_000),
    action: 'building',
    target: `work-${index}`,
    phase: 'BUILD - part',
    progress: '30%',
    state: 'working',
  }
  return {
    session_id: id,
    started_at: iso(now - 3_600_000),
    status: 'active',
    current_work: `work-${index}`,
    capabilities: ['general-purpose', 'build', 'debug'],
    last_heartbeat: iso(now - 60_000),
    last_seen: iso(now - 60_000),
    state: 'working',
    host: 'bench',
    pid: null,
    last: {
      ...last,
      files_touched: [],
      next_action: 'more of it',
      estimated_completion: iso(now + 3_600_000),
    },
  }
}

function claim(name, by, now) {
  const times = { claimed_at: iso(now), expires_at: iso(now + 14_400_000) }
  const native = { claim_id: `id-${name}`, token: 1_763_200_000, renew: true }
  return {
    claimed_by: by,
    ...times,
    resource_type: 'droplet',
    resource_name: name,
    phase: 'BUILD',
    allow_coordination: true,
    ...native,
  }
}

/** Heartbeat files spread over a day, none due for pruning; the marker says that pruning was just done. */
function writeHeartbeats(root, sessions, count, now) {
  fs.mkdirpSync(path.join(root, 'heartbeats'))
  for (let k = 0; k < count; k++) {
    const at = now - 86_400_000 * 0.98 * (1 - k / count)
    const id = sessionId(k % sessions)
    const text = `{"session_id":"${id}","timestamp":"${iso(at)}","action":"building","target":"x","phase":"BUILD"}\n`
    fs.writeFileSync(path.join(root, 'heartbeats', `${stamp(at)}-${id}.json`), text)
  }
  fs.outputFileSync(path.join(root, '.state/pruned'), '')
}
