/**
 * How the last questions to the remote went: `.state/remote/contact.json`. One that did not answer is left alone for half a minute, so that
 * no hook waits for it again and again. May be lost at any time.
 */
import type { RemoteTrouble } from '../../protocol/remote/answers.ts'
import { replaceFile } from '../atomic.ts'
import { readText } from '../disk.ts'
import { inRoom, place, type Room } from '../room.ts'

export interface Contact {
  /** Epoch ms of the last answer; null for none yet. */
  answered_at: number | null
  /** What the last question met, and when (epoch ms); null where it was answered. */
  trouble: {
    kind: RemoteTrouble['kind'] | 'damaged' | 'conflict' | 'local'
    detail: string
    at: number
  } | null
}

const FILE = '.state/remote/contact.json'
const PAUSE_MS = 30_000

/** How it went last. */
export function readContact(room: Room): Contact {
  const reading = readText(inRoom(room, FILE), 16_384)
  try {
    const { answered_at, trouble } = JSON.parse('text' in reading ? reading.text : '{}') as Partial<Contact>
    const sane = trouble && typeof trouble.detail === 'string' && typeof trouble.at === 'number'
    return { answered_at: Number(answered_at) || null, trouble: sane ? trouble : null }
  } catch {
    return { answered_at: null, trouble: null }
  }
}

/** The trouble that is too fresh for another question, or null; an answer that only a hook did not wait for is none to others. `now`: epoch ms. */
export function recentTrouble(room: Room, now: number, isHurried = false): Contact['trouble'] {
  const { trouble } = readContact(room)
  if (trouble?.kind === 'slow' && !isHurried) return null
  return trouble && now >= trouble.at && now - trouble.at < PAUSE_MS ? trouble : null
}

/** Keep how a question went; an answer is noted anew only after a second. */
export function noteContact(
  room: Room,
  now: number,
  trouble: Omit<NonNullable<Contact['trouble']>, 'at'> | null,
) {
  const before = readContact(room)
  if (!trouble && !before.trouble && before.answered_at && Math.abs(now - before.answered_at) < 1000) return
  const next = trouble
    ? { answered_at: before.answered_at, trouble: { ...trouble, at: now } }
    : { answered_at: now, trouble: null }
  replaceFile(place(room, FILE), `${JSON.stringify(next)}\n`)
}
