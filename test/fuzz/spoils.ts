/** What can lie where a record should be. Each spoils one file of a room; what it does follows from the random choices alone. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import type { Random } from './random.ts'

/** Words that stand in files outside of the room and must never be seen or changed. */
export const CANARY = 'CANARY-OUTSIDE'

interface Target {
  /** The room. */
  root: string
  /** The path in the room. */
  file: string
  /** A directory beside the room, with files that hold CANARY. */
  outside: string
  /** Where a socket of this process is bound. */
  random: Random
}

/** `broken`: no reader can take what lies there for a whole record, so that it must be named. */
export interface Spoil {
  name: string
  broken: boolean
  spoil(target: Target): void
}

const at = ({ root, file }: Target) => path.join(root, file)
const text = (target: Target) => fs.readFileSync(at(target), 'utf8')
const write = (target: Target, content: string | Buffer) => fs.writeFileSync(at(target), content)
const replace = (target: Target, make: (file: string) => void) => {
  fs.rmSync(at(target), { recursive: true, force: true })
  make(at(target))
}
const deep = (levels: number, open = '{"a":', close = '}') => `${open.repeat(levels)}1${close.repeat(levels)}`

const ODD = [
  ...['null', '0', '-1', '1e999', '1.5', 'true', '""', '[]', '{}', '[null]', '[[[]]]', '{"a":null}'],
  ...[
    '"../../evil"',
    '"/etc/passwd"',
    '"\\u001b[2J\\u0007"',
    '"\\u202eevil"',
    '"\\ud800"',
    '"a\\nb"',
    '"\\u0000"',
  ],
  ...['"__proto__"', '"constructor"', '"toString"', '{"__proto__":{"polluted":1}}', '{"length":1e9}'],
  ...[
    '"9999-12-31T23:59:59.999Z"',
    '"-000001-01-01T00:00:00Z"',
    '"2026-13-45"',
    '9007199254740993',
    '-1e300',
  ],
  ...[
    JSON.stringify('x'.repeat(5000)),
    deep(150),
    deep(300, '[', ']'),
    '{"constructor":{"prototype":{"polluted":1}}}',
  ],
]

/** The places of values in a JSON text: behind each colon, comma or bracket. */
function withValue(source: string, random: Random, value: string): string {
  const places = [
    ...source.matchAll(/(?<=:\s*)("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|\[\]|\{\})/g),
  ]
  if (places.length === 0) return value
  const { index, 0: old } = random.pick(places)
  return source.slice(0, index) + value + source.slice(index + old.length)
}

const insert = (source: string, fields: string) =>
  source.includes('{') ? source.replace('{', `{${fields},`) : `{${fields}}`

/** A record that lies outside and must not be seen. */
const marked = (source: string) =>
  source.replaceAll(/"(church|building|for you|for all|working|long ago|person|yours)"/g, `"${CANARY}"`)

const link = (target: Target, to: string) => replace(target, (file) => fs.symlinkSync(to, file))

const BYTES: Spoil[] = [
  { name: 'cut', broken: false, spoil: (t) => fs.truncateSync(at(t), t.random.below(text(t).length)) },
  { name: 'empty', broken: false, spoil: (t) => write(t, '') },
  {
    name: 'some bits flipped',
    broken: false,
    spoil: (t) => {
      const bytes = fs.readFileSync(at(t))
      for (let n = 1 + t.random.below(4); n > 0; n--)
        if (bytes.length > 0) bytes[t.random.below(bytes.length)]! ^= 1 << t.random.below(8)
      write(t, bytes)
    },
  },
  { name: 'zeros', broken: true, spoil: (t) => write(t, Buffer.alloc(1 + t.random.below(9000))) },
  {
    name: 'random bytes',
    broken: true,
    spoil: (t) => write(t, Buffer.from(Array.from({ length: 300 }, () => t.random.below(256)))),
  },
  { name: 'a byte order mark', broken: false, spoil: (t) => write(t, `\uFEFF${text(t)}`) },
  { name: 'line ends of Windows', broken: false, spoil: (t) => write(t, text(t).replaceAll('\n', '\r\n')) },
  { name: 'twice', broken: false, spoil: (t) => write(t, text(t) + text(t)) },
  {
    name: 'conflict markers',
    broken: false,
    spoil: (t) => {
      const lines = text(t).split('\n')
      const half = t.random.below(lines.length)
      const [ours, theirs] = [lines.slice(half), lines.slice(half).reverse()]
      const parts = [lines.slice(0, half), '<<<<<<< HEAD', ours, '=======', theirs, '>>>>>>> other', '']
      write(t, parts.flat().join('\n'))
    },
  },
  {
    name: 'markers and junk',
    broken: true,
    spoil: (t) => write(t, '<<<<<<< HEAD\nj\n=======\nk\n>>>>>>> o\n'),
  },
]

const VALUES: Spoil[] = [
  {
    name: 'a value of another kind',
    broken: false,
    spoil: (t) => {
      let spoiled = text(t)
      for (let n = 1 + t.random.below(3); n > 0; n--)
        spoiled = withValue(spoiled, t.random, t.random.pick(ODD))
      write(t, spoiled)
    },
  },
  { name: 'null', broken: true, spoil: (t) => write(t, 'null\n') },
  {
    name: 'another JSON value',
    broken: true,
    spoil: (t) => write(t, t.random.pick(['[]', '3', '"x"', 'true', '[null]'])),
  },
  { name: 'no fields', broken: true, spoil: (t) => write(t, '{}') },
  {
    name: '__proto__',
    broken: false,
    spoil: (t) => write(t, insert(text(t), '"__proto__":{"polluted":1,"status":"active","version":9}')),
  },
  {
    name: 'constructor',
    broken: false,
    spoil: (t) =>
      write(t, insert(text(t), '"constructor":{"prototype":{"polluted":1}},"hasOwnProperty":1,"toJSON":1')),
  },
  {
    name: 'names of inherited things',
    broken: false,
    spoil: (t) => write(t, text(t).replaceAll(/"(one|two|old|church)"/g, '"__proto__"')),
  },
  {
    name: 'a terminal escape in every text',
    broken: false,
    spoil: (t) =>
      write(
        t,
        text(t).replaceAll(/"(one|two|church|building|for you|working)"/g, '"\\u001b]0;x\\u0007\\u202e$1"'),
      ),
  },
]

const SIZES: Spoil[] = [
  { name: 'nested 100,000 deep', broken: true, spoil: (t) => write(t, deep(100_000)) },
  { name: 'lists nested 100,000 deep', broken: true, spoil: (t) => write(t, deep(100_000, '[', ']')) },
  { name: 'opened 100,000 times', broken: true, spoil: (t) => write(t, '{"a":['.repeat(100_000)) },
  {
    name: 'a field nested 100,000 deep',
    broken: true,
    spoil: (t) => write(t, insert(text(t), `"x":${deep(100_000)}`)),
  },
  {
    name: 'a field nested 1,500 deep',
    broken: false,
    spoil: (t) => write(t, insert(text(t), `"x":${deep(1500, '[', ']')}`)),
  },
  {
    name: '100 MB',
    broken: true,
    spoil: (t) => {
      const whole = text(t)
      write(t, whole)
      fs.truncateSync(at(t), 100_000_000)
    },
  },
  { name: '2 MB of spaces', broken: false, spoil: (t) => write(t, text(t) + ' '.repeat(2_000_000)) },
  {
    name: '20,000 lines',
    broken: false,
    spoil: (t) =>
      write(
        t,
        text(t)
          .slice(0, 50_000)
          .repeat(1 + Math.floor(Math.min(20_000 / text(t).split('\n').length, 4e6 / (text(t).length + 1)))),
      ),
  },
  { name: '300,000 backslashes', broken: true, spoil: (t) => write(t, `{"a":"${'\\'.repeat(300_001)}`) },
  {
    name: 'white space at 100,000 line ends',
    broken: true,
    spoil: (t) => write(t, `{"a": "b${' \t'.repeat(100_000)}\n"c": ,`),
  },
]

const THINGS: Spoil[] = [
  { name: 'a FIFO', broken: true, spoil: (t) => replace(t, (file) => execFileSync('mkfifo', [file])) },
  {
    name: 'a socket',
    broken: true,
    spoil: (t) => replace(t, (file) => fs.renameSync(path.join(t.outside, 'socket'), file)),
  },
  {
    name: 'a link to a file outside',
    broken: true,
    spoil: (t) => {
      const kept = path.join(t.outside, 'record')
      fs.writeFileSync(kept, marked(text(t)))
      link(t, kept)
    },
  },
  { name: 'a link to itself', broken: true, spoil: (t) => link(t, path.basename(t.file)) },
  { name: 'a dangling link', broken: true, spoil: (t) => link(t, path.join(t.outside, 'nothing')) },
  { name: 'a link to a directory outside', broken: true, spoil: (t) => link(t, t.outside) },
  { name: 'a link to zeros without end', broken: true, spoil: (t) => link(t, '/dev/zero') },
  {
    name: 'a directory',
    broken: true,
    spoil: (t) =>
      replace(t, (file) => {
        fs.mkdirSync(file)
        fs.writeFileSync(path.join(file, 'kept'), 'inside')
      }),
  },
  { name: 'nothing', broken: false, spoil: (t) => fs.rmSync(at(t)) },
  {
    name: 'a file in place of its directory',
    broken: false,
    spoil: (t) => {
      const above = { ...t, file: path.dirname(t.file) }
      replace(above.file === '.' ? t : above, (file) => fs.writeFileSync(file, 'in the way'))
    },
  },
  {
    name: 'a link in place of its directory',
    broken: false,
    spoil: (t) => {
      const above = { ...t, file: path.dirname(t.file) }
      if (above.file === '.') return link(t, t.outside)
      fs.cpSync(at(above), path.join(t.outside, 'moved'), { recursive: true })
      fs.writeFileSync(path.join(t.outside, 'moved', path.basename(t.file)), marked(text(t)))
      link(above, path.join(t.outside, 'moved'))
    },
  },
]

/** Names beside the file that it could have, and that nobody should meet. */
const NAMES = [
  ...[
    'a\nb',
    '\u001b[2J',
    '\u202egnp',
    ' ',
    '-rf',
    '--help',
    '$(id)',
    "'; id '",
    '..x',
    'con',
    '%00',
    'é',
    'e\u0301',
  ],
  ...[
    '__proto__',
    'constructor',
    'x'.repeat(240),
    '{{x}}',
    '<img src=x>',
    '|',
    '`id`',
    'one 2',
    'one~',
    '\uFEFFone',
  ],
]
const named = (
  kind: string,
  make: (t: Target, extension: string, file: string) => Buffer | string,
): Spoil => ({
  name: kind,
  broken: false,
  spoil: (t) => {
    const base = path.basename(t.file)
    const dot = base.lastIndexOf('.')
    const name = make(t, dot > 0 ? base.slice(dot) : '', base)
    const dir = Buffer.from(`${path.dirname(at(t))}/`)
    const file = Buffer.concat([dir, Buffer.from(name)])
    if (!fs.existsSync(file)) fs.writeFileSync(file, fs.readFileSync(at(t)))
  },
})
const STRANGERS: Spoil[] = [
  named('an ugly name beside it', (t, extension) => `${t.random.pick(NAMES)}${extension}`),
  named(
    'an ugly end of its name',
    (t, extension, base) =>
      `${base.slice(0, base.length - extension.length)}${t.random.pick(NAMES).slice(0, 100)}${extension}`,
  ),
  named(
    'a name of 255 bytes beside it',
    (_t, extension) => `${'y'.repeat(255 - extension.length)}${extension}`,
  ),
  named('a name that is not UTF-8 beside it', (_t, extension) =>
    Buffer.concat([Buffer.from([0x66, 0xff, 0xfe, 0xc3]), Buffer.from(extension)]),
  ),
  named('a temporary file beside it', () => '.tmp-4194304-abc-0'),
]

export const SPOILS: Spoil[] = [...BYTES, ...VALUES, ...SIZES, ...THINGS, ...STRANGERS]
