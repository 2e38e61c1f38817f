/**
 * The area of a tree that a path or glob lies in: its first two segments. What overlaps (protocol/overlap.ts) has an area in common, or one
 * of the two may lie in any.
 */
import type { Segment } from './globs.ts'
import { fold } from './names.ts'

/** So many segments at the beginning are the area. */
const DEPTH = 2

/** A name of type `file`, which may be a glob. */
export interface FileName {
  resource_name: string
  glob?: boolean | null | undefined
}

/** A name as it is compared: folded, without the slash of an absolute one. */
export const inside = (name: string) => fold(name).replace(/^\/+/, '')

/**
 * The areas of a name, one for each alternative of a glob. Null for what may lie in any: a glob with a wildcard among the segments that
 * make the area, or one that can't be read, which meets everything. `compile` is that of protocol/overlap.ts, asked for globs alone.
 */
export function areasOf(
  file: FileName,
  compile: (glob: string) => { segments: Segment[] }[],
): string[] | null {
  if (!file.glob) {
    const area = inside(file.resource_name).split('/', DEPTH).join('/')
    // A backslash meets any character there.
    return area.includes('\\') ? null : [area]
  }
  try {
    const areas = compile(file.resource_name).map(({ segments }) => areaOf(segments))
    return areas.every((area) => area !== null) ? [...new Set(areas)] : null
  } catch {
    return null
  }
}

function areaOf(segments: Segment[]): string | null {
  const start = segments.slice(0, DEPTH)
  const isPlain = start.every((segment) => segment?.every(({ kind }) => kind === 'char'))
  return isPlain ? start.map((segment) => segment!.map(({ char }) => char).join('')).join('/') : null
}
