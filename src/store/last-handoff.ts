/** The last handoff about a resource, as `claim` shows it: apart from the rest of handoffs, which no hot command needs. */
import type { Resource } from '../protocol/claims.ts'
import { encodeName, fold } from '../protocol/names.ts'
import type { Handoff } from '../protocol/records.ts'
import { lookAt } from './disk.ts'
import { sha256 } from './entropy.ts'
import { loadRecord } from './records.ts'
import { inRoom, type Room } from './room.ts'

/** Where a resource remembers its last handoff. */
export function pointerFile({ resource_type, resource_name }: Resource): string {
  return `.state/handoffs/${resource_type}-${encodeName(fold(resource_name), sha256)}`
}

/** The last handoff about a resource with the path of its file, or null: one look where there is none. */
export function lastHandoff(room: Room, resource: Resource): (Handoff & { path: string }) | null {
  const file = pointerFile(resource)
  if (!lookAt(inRoom(room, file))) return null
  const record = loadRecord({ ...room, problems: [] }, 'handoff', file)?.record
  const of = record?.machine ? `.state/foreign/${record.machine}/` : ''
  const path = `${of}handoffs/${record?.id}.md`
  return record && lookAt(inRoom(room, path)) ? { path, ...record } : null
}
