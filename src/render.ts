/** The texts of STATUS_BOARD.md and index.json from a picture of the room. */
import boardTemplate from '../templates/STATUS_BOARD.md.hbs'
import { boardHelpers, boardView } from './protocol/board.ts'
import { findNeeds } from './protocol/needs.ts'
import type { Picture } from './protocol/picture.ts'
import { indexText } from './protocol/summary.ts'
import { readIfThere } from './store/disk.ts'
import { inRoom, type Room } from './store/room.ts'

const TEMPLATE_BYTES = 256 * 1024

/** The board as Markdown; the room's own `templates/STATUS_BOARD.md.hbs` wins, unless it is broken. */
export function renderBoard(room: Room, picture: Picture): string {
  const view = boardView(picture, findNeeds(picture), room.config.messages.boardWindow)
  const own = readIfThere(inRoom(room, 'templates/STATUS_BOARD.md.hbs'), TEMPLATE_BYTES)
  if (!('text' in own)) return boardTemplate(view, { helpers: boardHelpers })
  try {
    return room.lazy.templates().renderTemplate(own.text, view, boardHelpers)
  } catch (error) {
    room.problems.push({ path: 'templates/STATUS_BOARD.md.hbs', kind: 'template', detail: firstLine(error) })
    return boardTemplate(view, { helpers: boardHelpers })
  }
}

const firstLine = (error: unknown) => String((error as Error).message ?? error).split('\n')[0]!

/** index.json, with the stored texts of the session records. */
export function renderIndex(picture: Picture, texts: Map<string, string>): string {
  return indexText(picture, texts)
}
