/** Where coord itself failed in a hook of an agent, which let the agent go on. */
import type { Finding } from '../../protocol/faults.ts'
import { readLines } from '../../protocol/lines.ts'
import { readIfThere } from '../disk.ts'
import { HOOK_FAULTS } from '../hooks.ts'
import { inRoom, type Room } from '../room.ts'

const BYTES = 2 << 20

/** The faults that hooks noted, as one finding that tells the last. */
export function findHookFaults(room: Room): Finding[] {
  const reading = readIfThere(inRoom(room, HOOK_FAULTS), BYTES)
  if (!('text' in reading)) return []
  const faults = readLines(reading.text).values as {
    at?: string
    agent?: string
    event?: string
    error?: string
  }[]
  const last = faults.at(-1)
  if (!last) return []
  const what = String(last.error ?? '').split('\n')[0]
  const times = faults.length === 1 ? 'a hook failed' : `${faults.length} hooks failed, the last`
  const detail = `${times} at ${last.at} (${[last.agent, last.event].filter(Boolean).join(' ')}): ${what}`
  return [{ path: HOOK_FAULTS, kind: 'hook-fault', detail, fix: `rm COORDINATION/${HOOK_FAULTS}` }]
}
