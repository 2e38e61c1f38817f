/** What belongs where in a room: which paths are files, which directories, which names are records and which are nobody's. */

/** Directories of the machine state, below `.state/`. */
const STATE = 'ledger locks bindings agents terminals processes held waiting quarantine hooks'.split(' ')

/** Where a directory belongs, by pattern of the path. */
const DIRECTORIES = [
  /^(sessions|heartbeats|claims|messages|receipts|handoffs|status|alerts|archive|session-log|\.state)$/,
  /^messages\/(broadcast|direct|channels|paths)$/,
  /^messages\/(direct|channels)\/[^/.][^/]*$/,
  /^archive\/[^/.][^/]*$/,
  new RegExp(`^\\.state/(${STATE.join('|')})$`),
  /^\.state\/(ledger|held|processes|waiting)\/[^/.][^/]*$/,
]

/** Where a file belongs. Slots may be directories too, where hard links are refused. */
const FILES = [
  /^(STATUS_BOARD\.md|index\.json|\.current_session)$/,
  /^sessions\/.*\.json$/,
  /^heartbeats\/.*\.json$/,
  /^claims\/.*\.claim$/,
  /^messages\/(broadcast|paths|direct\/[^/]+|channels\/[^/]+)\/.*\.json$/,
  /^receipts\/.*\.jsonl$/,
  /^status\/.*\.jsonl?$/,
  /^\.state\/(reserve|pruned|board-journal|board-cache|broadcasts|recent\.jsonl|refusals\.jsonl|signs\.json|config\.json)$/,
  /^\.state\/(bindings|agents|terminals)\/[^/]+$/,
  /^\.state\/(held|processes|waiting)\/[^/]+\/[^/]+$/,
  /^\.state\/hooks\/[^/]+\.jsonl?$/,
  /\.gitignore$/,
]

/** Record directories that hold nothing but records, and the names that records have there. */
const RECORDS: [directory: RegExp, name: RegExp][] = [
  [/^sessions$/, /\.json$/],
  [/^heartbeats$/, /\.json$/],
  [/^claims$/, /\.claim$/],
  [/^messages$/, /^(broadcast|direct|channels|paths)$/],
  [/^messages\/(broadcast|paths|direct\/[^/]+)$/, /\.json$/],
  [/^receipts$/, /\.jsonl$/],
  [/^status$/, /\.jsonl?$/],
]

/** What belongs at a path: a directory, a file, or nothing that coord knows. */
export function belongs(path: string): 'directory' | 'file' | null {
  if (DIRECTORIES.some((pattern) => pattern.test(path))) return 'directory'
  return FILES.some((pattern) => pattern.test(path)) ? 'file' : null
}

/** Whether a path names a thing among records that is none: a note, a backup of an editor. Hidden names are nobody's. */
export function isForeign(path: string): boolean {
  const cut = path.lastIndexOf('/')
  const [directory, name] = [path.slice(0, Math.max(0, cut)), path.slice(cut + 1)]
  if (name.startsWith('.')) return false
  return RECORDS.some(([where, names]) => where.test(directory) && !names.test(name))
}
