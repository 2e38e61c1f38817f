/** What all clones share at a remote: over how many refs the claims of files are spread. A ref of its own, so that each can tell whether it is so still. */
import { lookAt } from '../disk.ts'
import { type Far, listRefs, pushRefs } from './git.ts'
import { writeCommit } from './objects.ts'
import type { RemoteSetting } from './setting.ts'

/** The file in the commit of a layout. */
export const LAYOUT = 'layout.json'

/** The ref of a layout. */
export const layoutRef = (prefix: string) => `${prefix}/layout`

/** Write a layout here; its object id, which is the same in every clone. Throws `conflict` where git refuses. */
export function writeLayout(far: Far, shards: number): string {
  return writeCommit(
    far,
    [{ path: LAYOUT, text: `${JSON.stringify({ version: 1, shards })}\n` }],
    'layout',
    0,
  )
}

/** What a push is to find unmoved, so that it is none to another remote; null where it can't be written here as it is there. */
export function layoutPin(far: Far, { prefix, shards, layout }: RemoteSetting) {
  if (layout === undefined) return null
  const isHere = lookAt(`${far.common}/objects/${layout.slice(0, 2)}/${layout.slice(2)}`)
  return isHere || writeLayout(far, shards) === layout ? { ref: layoutRef(prefix), oid: layout } : null
}

/** How the layout stands at the remote: as it was set up, laid out otherwise, or there again after the remote had lost it. */
export function lookAtLayout(
  far: Far,
  { ref, oid }: { ref: string; oid: string },
): 'same' | 'other' | 'unknown' {
  const listed = listRefs(far, [ref])
  if (!listed.ok) return 'unknown'
  const there = listed.result.get(ref)
  if (there !== undefined) return there === oid ? 'same' : 'other'
  return pushRefs(far, [{ ref, to: oid, was: null }]).ok ? 'same' : 'unknown'
}
