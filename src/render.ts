/** The texts of STATUS_BOARD.md, index.json and handoffs, and of instructions for agents. */
import instructionsTemplate from '../templates/agents-md.hbs'
import handoffTemplate from '../templates/handoff.md.hbs'
import boardTemplate from '../templates/STATUS_BOARD.md.hbs'
import skillTemplate from '../templates/session-status.md.hbs'
import { boardHelpers, boardView } from './protocol/board.ts'
import { handoffView } from './protocol/handoffs.ts'
import { findNeeds } from './protocol/needs.ts'
import type { Picture } from './protocol/picture.ts'
import type { Handoff } from './protocol/records.ts'
import { indexText } from './protocol/summary.ts'
import { readIfThere } from './store/disk.ts'
import { inRoom, type Room } from './store/room.ts'

/** Ten times the built-in one: compiling takes seconds from a hundred kilobytes on, at every refresh of the board. */
const TEMPLATE_BYTES = 64 * 1024

/** The board as Markdown; the room's own `templates/STATUS_BOARD.md.hbs` wins, unless it is broken. */
export function renderBoard(room: Room, picture: Picture): string {
  const view = boardView(picture, findNeeds(picture), room.config.messages.boardWindow)
  return renderWith(room, 'STATUS_BOARD.md.hbs', view, boardTemplate)
}

/** A handoff as Markdown; the room's own `templates/handoff.md.hbs` wins, unless it is broken. */
export function renderHandoff(room: Room, handoff: Handoff): string {
  return renderWith(room, 'handoff.md.hbs', handoffView(handoff), handoffTemplate)
}

function renderWith(room: Room, name: string, view: object, builtIn: typeof boardTemplate): string {
  const path = `templates/${name}`
  const own = readIfThere(inRoom(room, path), TEMPLATE_BYTES)
  if ('trouble' in own) room.problems.push({ path, kind: 'template', detail: own.trouble })
  if (!('text' in own)) return builtIn(view, { helpers: boardHelpers })
  try {
    return room.lazy.templates().renderTemplate(own.text, view, boardHelpers)
  } catch (error) {
    room.problems.push({ path, kind: 'template', detail: firstLine(error) })
    return builtIn(view, { helpers: boardHelpers })
  }
}

const firstLine = (error: unknown) => String((error as Error).message ?? error).split('\n')[0]!

/** How agents take part, for AGENTS.md; without markers. */
export function renderInstructions(): string {
  return instructionsTemplate({}, { helpers: {} })
}

/** The skill `/session-status`, which calls coord by these words. */
export function renderSkill(coord: string): string {
  return skillTemplate({ coord }, { helpers: {} })
}

/** index.json, with the stored texts of the session records. */
export function renderIndex(picture: Picture, texts: Map<string, string>): string {
  return indexText(picture, texts)
}
