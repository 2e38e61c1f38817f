import { gc } from '../../../operations/gc.ts'
import type { ChoreKind } from '../../../store/tidy/chore.ts'
import { defineCommand } from '../command.ts'

const FATES: Record<ChoreKind, string> = {
  handoffs: 'cut off by a crash: finished, or dropped if nothing had moved',
  heartbeats: 'removed, past heartbeats.retention',
  sessions: 'archived, ended or given up',
  histories: 'moved with their sessions',
  messages: 'removed, past messages.retention and awaited by nobody',
  channels: 'removed, run out',
  receipts: 'shortened by messages that are gone',
  temporaries: 'removed, left by crashed processes',
  marks: 'removed, of sessions that are over or processes that are gone',
  mailboxes: 'removed, empty',
  alerts: 'removed, messages.retention after they ended',
}

export default defineCommand(gc, {
  examples: [
    ['coord gc --dry-run', 'what would go, path by path'],
    ['coord gc', 'put away what is over, remove what is left over'],
  ],
  print({ dry_run, total, counts, items, omitted }, page) {
    if (dry_run) page.rows(items.map((item) => [item.kind, { text: item.path, whole: true }, fateOf(item)]))
    if (dry_run && omitted) page.line(`… and ${omitted} more`)
    if (page.quiet) return
    const found = Object.entries(counts).filter(([, count]) => count > 0)
    if (dry_run && found.length > 0) page.line()
    page.rows(
      found.map(([kind, count]) => [kind, { text: String(count), right: true }, FATES[kind as ChoreKind]]),
    )
    if (total === 0) page.line('nothing to do')
    else page.line(dry_run ? `${total} in all; nothing was changed` : `${total} in all`)
  },
})

const fateOf = ({ to, lines, why }: { to?: string; lines?: number; why?: string }) =>
  to ? `→ ${to}` : lines ? `${lines} line${lines === 1 ? '' : 's'}` : (why ?? '')
