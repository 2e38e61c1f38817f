import { CoordError } from '../protocol/errors.ts'
import { withoutHost } from '../protocol/publish.ts'
import { branchCheckedOut, commitFiles, type Entry } from '../store/git.ts'
import { loadRecord, recordText } from '../store/records.ts'
import { inRoom, type Room } from '../store/room.ts'
import { listRoomFiles } from '../store/room-files.ts'
import { refresh } from './act.ts'
import { defineOperation } from './operation.ts'

/** What `coord commit` records; machine state, heartbeats and locks stay out. */
const DIRECTORIES = ['sessions', 'claims', 'messages', 'receipts', 'handoffs', 'status', 'archive']
/** A report tells of machines and places in words: only with those. */
const WITH_HOST = ['session-log']
/** Channels are for a time, and so is what waits for a path. */
const isKept = (path: string) => !/^messages\/(channels|paths)\//.test(path)
const FILES = ['STATUS_BOARD.md', 'README.md', 'config.json']

/**
 * `coord commit`: record the room as a commit on its own branch, by plumbing: the user's branch, index and working tree stay
 * as they are. Throws `not_initialized` outside git, `conflict` where the branch is checked out.
 */
export const commit = defineOperation({
  name: 'commit',
  summary: 'Record the room on its own git branch.',
  writes: true,
  input: { message: { kind: 'text', help: 'the commit message' } },
  run(ctx, given) {
    const room = ctx.room()
    if (!ctx.repository)
      throw new CoordError(
        'not_initialized',
        'there is no git repository to commit to',
        'Everything but commit works without git.',
      )
    const at = { common: ctx.repository.common, env: ctx.gitEnvironment() }
    const { branch, publishHost } = room.config.git
    const where = branchCheckedOut(at, branch)
    if (where)
      throw new CoordError(
        'conflict',
        `branch ${branch} is checked out at ${where}`,
        'Check out another branch there, or set git.branch in config.json.',
      )
    refresh(ctx, room)
    const directories = [...DIRECTORIES, ...(publishHost ? WITH_HOST : [])]
    const entries = listRoomFiles(room, directories, FILES)
      .filter(isKept)
      .flatMap((path) => (publishHost ? asItIs(room, path) : published(room, path)))
    const message = given.message ?? `Record the room: ${entries.length} files`
    return { branch, files: entries.length, ...commitFiles(at, branch, entries, message) }
  },
})

const asItIs = (room: Room, path: string): Entry[] => [{ path, source: inRoom(room, path) }]

/** Sessions and claims without what tells of host and places; one that can't be read stays out. */
function published(room: Room, path: string): Entry[] {
  if (!/^((archive\/[^/]+\/)?sessions\/.*\.json|claims\/.*\.claim)$/.test(path)) return asItIs(room, path)
  const record = loadRecord(room, path.startsWith('claims/') ? 'claim' : 'session', path)?.record
  return record ? [{ path, text: recordText(withoutHost(record)) }] : []
}
