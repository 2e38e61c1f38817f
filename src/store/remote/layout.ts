/** What all clones share at a remote: over how many refs the claims of files are spread. A ref of its own, so that each can tell whether it is so still. */
import type { RemoteTrouble } from '../../protocol/remote/answers.ts'
import { isClaimRef } from '../../protocol/remote/slots.ts'
import { lookAt } from '../disk.ts'
import type { Far } from './far.ts'
import { listRefs } from './git.ts'
import { writeCommit } from './objects.ts'
import type { RemoteSetting } from './setting.ts'

/** The rule by which claims stand in refs. Raised with each change of it: clones that follow different ones would grant the same path in different refs. */
export const LAYOUT_VERSION = 2

/** The file in the commit of a layout. */
export const LAYOUT = 'layout.json'

/** The ref of a layout. */
export const layoutRef = (prefix: string) => `${prefix}/layout`

/** Write a layout here; its object id, which is the same in every clone. Throws `conflict` where git refuses. */
export function writeLayout(far: Far, shards: number): string {
  return writeCommit(
    far,
    [{ path: LAYOUT, text: `${JSON.stringify({ version: LAYOUT_VERSION, shards })}\n` }],
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

/** The end of what is told of a remote that wants to be set up again. */
export const SET_UP = 'coord remote setup'

/** What is amiss where the remote's layout is at `there` (undefined: nowhere; then `left` of its other refs are known to be there), or null: a remote that was emptied, or exchanged for another, grants nothing by itself. */
export function aboutLayout(
  remote: string,
  { layout, prefix }: RemoteSetting,
  there: string | undefined,
  left: number,
): RemoteTrouble | null {
  if (layout === undefined || there === layout) return null
  return { kind: 'refused', detail: `${remote} ${wordsOf(prefix, there, left)}: ${SET_UP}` }
}

function wordsOf(prefix: string, there: string | undefined, left: number): string {
  if (there !== undefined) return 'is laid out otherwise than it was'
  if (left === 0) return 'holds nothing of coord any more'
  const others = left === 1 ? 'one other ref of coord is' : `${left} other refs of coord are`
  return `has lost ${layoutRef(prefix)}, by which clones agree on refs, while ${others} left`
}

/** The same of a remote that is asked; null also where it does not answer. */
export function misled(far: Far, setting: RemoteSetting): RemoteTrouble | null {
  const ref = layoutRef(setting.prefix)
  const listed = listRefs(far, [ref, `${setting.prefix}/claims/*`])
  if (!listed.ok) return null
  const there = listed.result.get(ref)
  const left = [...listed.result.keys()].filter((each) => isClaimRef(setting.prefix, each)).length
  return aboutLayout(far.remote, setting, there, left)
}
