/** Faults that readers could have: each is planted into the sources of the worker's bundle alone, and fuzzing must find it. */
import type { Planted } from './drive.ts'

interface Fault {
  planted: Planted
  /** What it takes to meet it. */
  kind: string
  spoil: string
  tells: RegExp
}

const DISK = 'src/store/disk.ts'
const CONFORM = 'src/protocol/conform.ts'

export const FAULTS: Record<string, Fault> = {
  'throws on null': {
    planted: { file: CONFORM, from: 'given === null ||', to: '(given as any).fields ||' },
    kind: 'session',
    spoil: 'null',
    tells: /TypeError/,
  },
  'follows a link': {
    planted: { file: DISK, from: 'O_RDONLY | O_NOFOLLOW | O_NONBLOCK', to: 'O_RDONLY | O_NONBLOCK' },
    kind: 'broadcast',
    spoil: 'a link to a file outside',
    tells: /outside of the room/,
  },
  'has no bound of size': {
    planted: { file: DISK, from: 'stat.size > cap', to: 'stat.size > 1e12' },
    kind: 'session',
    spoil: '100 MB',
    tells: /memory grew by|nothing for/,
  },
  'waits for a FIFO': {
    planted: { file: DISK, from: 'O_RDONLY | O_NOFOLLOW | O_NONBLOCK', to: 'O_RDONLY | O_NOFOLLOW' },
    kind: 'session',
    spoil: 'a FIFO',
    tells: /nothing for/,
  },
  'overflows the stack': {
    planted: { file: 'src/protocol/depth.ts', from: 'depth > DEPTH', to: 'depth > 1e9' },
    kind: 'status',
    spoil: 'a field nested 100,000 deep',
    tells: /RangeError/,
  },
  'changes what all objects inherit': {
    planted: {
      file: 'src/store/records.ts',
      from: 'if (isRecord(kind, value))',
      to: 'Object.assign(Object.getPrototypeOf({}), (value as any)?.constructor?.prototype)\n    if (isRecord(kind, value))',
    },
    kind: 'heartbeat',
    spoil: 'constructor',
    tells: /a prototype was changed/,
  },
  'obeys controls': {
    planted: {
      file: 'src/protocol/escape.ts',
      from: 'return text.replace(UNSAFE, (char) => {',
      to: 'return text.replace(/\\0/g, (char) => {',
    },
    kind: 'status',
    spoil: 'a terminal escape in every text',
    tells: /a control character/,
  },
}
