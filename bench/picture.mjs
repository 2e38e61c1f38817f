// `node bench/picture.mjs`: docs/images/watch.svg, what `coord watch` shows of a room of six sessions, from a terminal of tmux.
import { execFileSync, spawn } from 'node:child_process'
import os from 'node:os'
import path from 'node:path'
import fs from 'fs-extra'

const home = path.dirname(import.meta.dirname)
const bin = path.join(home, 'bin/coord.cjs')
const [COLUMNS, ROWS] = [104, 28]
const base = fs.mkdtempSync(path.join(os.tmpdir(), 'coord-picture-'))
const dir = path.join(base, 'church-guidance')
const env = { PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'C.UTF-8' }

/** Run coord some minutes ago, as a session. */
function coord(minutes, session, ...args) {
  const at = new Date(Date.now() - minutes * 60_000).toISOString()
  const as = session ? { COORD_SESSION: session } : {}
  execFileSync(process.execPath, [bin, ...args, '--quiet'], {
    cwd: dir,
    env: { ...env, ...as, COORD_NOW: at, AI_AGENT: session ? 'none' : '' },
    stdio: 'ignore',
  })
}

function makeRoom() {
  const sessions = [
    ['landing', 'landing page', 'claude', 'opus', 130],
    ['deploy', 'dashboard', 'codex', 'gpt', 95],
    ['auth', 'src/auth', 'claude', 'sonnet', 80],
    ['tests', 'test suite', 'gemini', 'pro', 62],
    ['handbook', 'docs', 'cursor', 'composer', 40],
    ['review', 'pull requests', 'claude', 'opus', 30],
  ]
  for (const [name, work, agent, model, minutes] of sessions)
    coord(minutes, '', 'start', '--id', name, '--work', work, '--agent', agent, '--model', model)
  coord(125, 'landing', 'claim', 'droplet', 'church-guidance', '--phase', 'BUILD')
  coord(90, 'deploy', 'claim', 'droplet', 'dashboard', '--note', 'until the keys are there')
  coord(75, 'auth', 'claim', 'file', 'src/auth.ts', '--for', '70m', '--no-renew')
  coord(20, 'tests', 'claim', 'file', 'test/**')
  for (const [minutes, share] of [
    [60, 0.1],
    [40, 0.25],
    [20, 0.42],
    [3, 0.58],
  ])
    coord(
      minutes,
      'landing',
      'heartbeat',
      'building',
      'landing page',
      'BUILD',
      '--progress',
      `${share}`,
      '--next',
      'intake form',
    )
  coord(
    12,
    'deploy',
    'heartbeat',
    'blocked',
    'dashboard',
    'PRODUCTION',
    '--progress',
    '85%',
    '--message',
    'waiting for API keys',
  )
  coord(17, 'auth', 'heartbeat', 'building', 'src/auth', 'refactor tokens', '--progress', '40%')
  coord(4, 'handbook', 'heartbeat', 'writing', 'docs', 'chapter 3', '--progress', '50%')
  coord(9, 'landing', 'send', 'broadcast', 'BUILD starts', 'landing page first, then the intake form')
  coord(
    4,
    'tests',
    'send',
    'auth',
    'tokens test fails',
    'refresh.test.ts:41 expects 15m, gets 1h. Yours?',
    '--ack',
  )
  coord(3, 'deploy', 'send', 'broadcast', 'dashboard is ready but for the keys')
  coord(
    1,
    'tests',
    'heartbeat',
    'testing',
    'test suite',
    'integration',
    '--progress',
    '66%',
    '--message',
    '421 of 640 passed',
  )
  coord(2, 'review', 'heartbeat', 'reviewing', 'pull requests', '#41')
}

/** The processes that started the sessions are over; what would be told of them is not what people see. */
function forgetProcesses() {
  const sessions = path.join(dir, 'COORDINATION/sessions')
  for (const name of fs.readdirSync(sessions).filter((each) => each.endsWith('.json'))) {
    const record = fs.readJsonSync(path.join(sessions, name))
    fs.writeJsonSync(path.join(sessions, name), { ...record, pid: null, pid_started: null })
  }
}

/** The lines of a screen, the room's directory as if it were in the home: as wide as before, or the columns would move. */
function linesOf(text) {
  const shorter = (whole, name) => `~${name}`.padEnd(whole.length)
  const isCut = new RegExp(`${path.dirname(base)}/coord-picture-\\S*…`, 'g')
  return text
    .replace(new RegExp(`${base}(/\\S+)`, 'g'), shorter)
    .replace(isCut, (whole) => `~/${path.basename(dir)}`.padEnd(whole.length))
    .split('\n')
    .slice(0, ROWS)
}

/** What a terminal shows, with its colours (SGR). */
async function capture() {
  const socket = path.join(base, 'tmux')
  const tmux = (...args) => execFileSync('tmux', ['-S', socket, ...args], { env, encoding: 'utf8' })
  const shown = { ...env, TERM: 'xterm-256color' }
  const server = spawn('tmux', ['-S', socket, '-f', '/dev/null', '-D'], { env: shown, stdio: 'ignore' })
  const gone = new Promise((resolve) => server.once('close', resolve))
  await until(() => fs.existsSync(socket))
  try {
    const line = `'${process.execPath}' '${bin}' watch`
    tmux('new-session', '-d', '-x', String(COLUMNS), '-y', String(ROWS), '-c', dir, line)
    await until(
      () => tmux('capture-pane', '-p').includes('? help'),
      () => tmux('capture-pane', '-p'),
    )
    for (const key of ['G', 'k']) tmux('send-keys', key)
    await until(
      () => /works on +landing/.test(tmux('capture-pane', '-p')),
      () => tmux('capture-pane', '-p'),
    )
    return tmux('capture-pane', '-p', '-e')
  } finally {
    tmux('kill-server')
    await gone
  }
}

async function until(check, what) {
  for (let left = 200; left > 0; left--) {
    if (check()) return
    await new Promise((go) => setTimeout(go, 50))
  }
  throw new Error(`the screen never came: ${what?.() ?? ''}`)
}

const [GROUND, TEXT] = ['#16181d', '#d6d9e0']
const COLOURS = { 31: '#f27878', 32: '#7fc98f', 33: '#e3b45c', 35: '#c792ea', 36: '#5fb8d9', 90: '#7d8490' }
const [WIDE, HIGH, EDGE] = [8.4, 19, 16]

const escaped = (text) => text.replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`)

/** How what follows looks: tmux tells only what is different, also from line to line. */
let look = {}

/** The pieces of a line that look alike: where they begin, and how they look. */
function piecesOf(line) {
  const pieces = []
  let at = 0
  for (const [, codes, text] of line.matchAll(/(?:\x1b\[([\d;]*)m)?([^\x1b]*)/g)) {
    for (const code of (codes ?? 'none') === 'none' ? [] : codes.split(';').map(Number)) {
      if (code === 0) look = {}
      else if (code === 1) look = { ...look, bold: true }
      else if (code === 22) look = { ...look, bold: false }
      else if (code === 7) look = { ...look, reverse: true }
      else if (code === 27) look = { ...look, reverse: false }
      else if (code === 39 || COLOURS[code]) look = { ...look, colour: COLOURS[code] }
    }
    if (text !== '') pieces.push({ at, text, ...look })
    at += [...text].length
  }
  return pieces
}

/** A line as SVG. Each piece has its width, so that any font keeps the columns. */
function drawn(line, row) {
  const y = EDGE + 26 + row * HIGH
  return piecesOf(line).map(({ at, text, bold, reverse, colour }) => {
    const count = [...text].length
    const [x, wide] = [EDGE + at * WIDE, count * WIDE]
    const ground = reverse
      ? `<rect x="${x.toFixed(1)}" y="${(y - 14).toFixed(1)}" width="${wide.toFixed(1)}" height="${HIGH}" fill="${TEXT}"/>`
      : ''
    const weight = bold ? ' font-weight="600"' : ''
    const words = [...text.matchAll(/\S+(?: \S+)*/g)].map(({ 0: word, index }) => {
      const from = x + [...text.slice(0, index)].length * WIDE
      const length = [...word].length * WIDE
      return `<text x="${from.toFixed(1)}" y="${y}" textLength="${length.toFixed(1)}" fill="${reverse ? GROUND : (colour ?? TEXT)}"${weight}>${escaped(word)}</text>`
    })
    return ground + words.join('')
  })
}

try {
  fs.mkdirpSync(dir)
  execFileSync('git', ['init', '-q', '-b', 'main', dir])
  makeRoom()
  forgetProcesses()
  const lines = linesOf(await capture())
  const [width, height] = [Math.ceil(EDGE * 2 + COLUMNS * WIDE), Math.ceil(EDGE * 2 + 16 + ROWS * HIGH)]
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="coord watch: needs, sessions, detail and messages in a terminal">`,
    `<rect width="${width}" height="${height}" rx="8" fill="${GROUND}"/>`,
    `<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14">`,
    ...lines.flatMap(drawn).filter(Boolean),
    '</g></svg>\n',
  ]
  fs.outputFileSync(path.join(home, 'docs/images/watch.svg'), svg.join('\n'))
} finally {
  fs.rmSync(base, { recursive: true, force: true })
}
