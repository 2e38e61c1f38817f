/** Reading handoffs, of whatever form. Touches nothing. */
import { CoordError } from '../protocol/errors.ts'
import { isDraft } from '../protocol/handoffs.ts'
import { onlyOne } from '../protocol/names.ts'
import { parseFileTime } from '../protocol/time.ts'
import { listForeignHandoffs } from '../store/foreign/machines.ts'
import { type Found, listDraftPaths, listHandoffPaths, loadHandoff } from '../store/handoffs.ts'
import { inRoom, type Room } from '../store/room.ts'
import { limited } from './views.ts'

/** The handoffs of the room, newest first, with their first words; before them the drafts of sessions that are at work. */
export function listHandoffs(room: Room, limit: number | undefined) {
  const { kept, omitted } = limited([...listDraftPaths(room), ...everyHandoff(room)], limit, 'first')
  const handoffs = kept.map((file) => shown(loadHandoff(room, file)))
  return { handoffs, ...(omitted > 0 ? { omitted } : {}) }
}

/** The room's own and those of other machines, newest first. */
function everyHandoff(room: Room): string[] {
  const others = listForeignHandoffs(room)
  const own = listHandoffPaths(room)
  if (others.length === 0) return own
  const time = (file: string) => parseFileTime(file.slice(file.lastIndexOf('/') + 1))?.time ?? 0
  return [...own, ...others].sort((a, b) => time(b) - time(a))
}

/** The machine whose handoff lies at a path; undefined for the room's own. */
const machineOfPath = (path: string) => /^\.state\/foreign\/([^/]+)\//.exec(path)?.[1]

function shown({ path, handoff, first, claims }: Found) {
  const { id, at, from, from_name, to, to_name } = handoff ?? {}
  return {
    path,
    id: id ?? null,
    at: at ?? null,
    from: from ?? null,
    from_name: from_name ?? null,
    to: to ?? null,
    to_name: to_name ?? null,
    claims,
    first,
    ...(machineOfPath(path) ? { machine: machineOfPath(path) } : {}),
    ...(handoff && isDraft(handoff) ? { status: 'draft' } : {}),
  }
}

/** One handoff with its whole text, by its file name, its id, or a unique end of that. Throws `not_found`, `ambiguous`, `damaged` where nothing of it can be read. */
export function showHandoff(room: Room, wanted: string) {
  const paths = [...listDraftPaths(room), ...everyHandoff(room)]
  const name = wanted.replace(/^(.*\/)?handoffs\//, '').replace(/\.md$/, '')
  const idOf = (path: string) =>
    (path.startsWith('handoffs/')
      ? path.slice('handoffs/'.length)
      : `${machineOfPath(path) ? '' : 'draft-'}${path.slice(path.lastIndexOf('/') + 1)}`
    ).replace(/\.md$/, '')
  const exact = paths.filter((path) => idOf(path) === name)
  const partial =
    exact.length > 0 || name.length < 4 ? exact : paths.filter((path) => idOf(path).endsWith(name))
  const path = onlyOne(partial, `handoff "${wanted}"`, idOf)
  if (path === null)
    throw new CoordError('not_found', `there is no handoff "${wanted}"`, 'coord handoff --list lists them.')
  const found = loadHandoff(room, path)
  if (found.trouble !== null) throw damaged(room, found.path, found.trouble)
  return { handoff: { ...shown(found), ...found.handoff }, text: found.text }
}

const damaged = (room: Room, path: string, trouble: string) =>
  new CoordError(
    'damaged',
    `${path} ${trouble}`,
    `What is left of it: ${inRoom(room, path)}; see coord doctor.`,
    {
      file: path,
    },
  )
