/** What `index.json` would say now; touches nothing. */
import type { Context } from '../context.ts'
import { look } from '../protocol/picture.ts'
import { renderIndex } from '../render.ts'
import { readEverything } from '../store/snapshot.ts'

/** The text of `index.json` as of now. Throws `not_initialized`. */
export function indexNow(ctx: Context): string {
  const room = ctx.room()
  const now = ctx.now()
  return renderIndex(look(readEverything(room, now).records, now, room.config), new Map())
}
