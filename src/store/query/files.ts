/** Which files hold the rows of a table, live and archived; reads directories only. */
import type { Table } from '../../protocol/tables.ts'
import { entriesIn } from '../disk.ts'
import { listMailboxes } from '../messages.ts'
import { inRoom, isOwnDirectory, listIn, type Room } from '../room.ts'

const ENDS: Record<Table, string> = {
  sessions: '.json',
  heartbeats: '.json',
  status: '.json',
  claims: '.claim',
  messages: '.json',
  receipts: '.jsonl',
}

/** The files of a table, relative to the room; no links, and nothing that is being written. */
export function filesOf(room: Room, table: Table): string[] {
  const months = listIn(room, 'archive').filter((name) => /^\d{4}-\d\d$/.test(name))
  const archived = ['sessions', 'status', 'receipts'].includes(table)
    ? months.sort().map((month) => `archive/${month}/${table}`)
    : []
  const live =
    table === 'messages'
      ? ['messages/broadcast', ...listMailboxes(room).map((name) => `messages/direct/${name}`)]
      : [table]
  return [...archived, ...live].flatMap((directory) => filesIn(room, directory, ENDS[table]))
}

function filesIn(room: Room, directory: string, end: string): string[] {
  if (!isOwnDirectory(room, directory)) return []
  return entriesIn(inRoom(room, directory))
    .filter((entry) => entry.isFile() && entry.name.endsWith(end) && !entry.name.startsWith('.'))
    .map(({ name }) => `${directory}/${name}`)
    .sort()
}
