/** What a report consists of, and how texts of others get into it. */
import { markdownLine, visible } from '../escape.ts'
import type { ShownAlert } from '../live/delivery.ts'
import type { Need } from '../needs.ts'
import type { LifecycleEvent } from './lifecycle.ts'
import type { Observation } from './observations.ts'
import type { ReportedSession, TimedClaim } from './sessions.ts'
import type { Statistics } from './statistics.ts'

/** The parts that may be asked for one by one. */
export const PARTS = ['stats', 'locks', 'claims', 'alerts', 'unread', 'lifecycle'] as const
export type Part = (typeof PARTS)[number]

/** The whole of it; `unread` are the messages that wait for who asks, null where that is not known. */
export interface WholeReport {
  sessions: ReportedSession[]
  sessions_omitted?: number
  /** What `coord alerts` shows to who asks. */
  alerts: ShownAlert[]
  alerts_omitted?: number
  /** What else needs somebody. */
  needs: Need[]
  needs_omitted?: number
  claims: TimedClaim[]
  claims_omitted?: number
  lifecycle: LifecycleEvent[]
  unread: number | null
  stats: Statistics
  observations: Observation[]
}

/** A text of others made safe for where it is shown: a screen, or Markdown. */
export type Say = (text: string) => string

/** For Markdown: nothing in it has a meaning but code spans, in which nothing has one. */
export const sayInMarkdown: Say = (text) =>
  text
    .split(/(`[^`]+`)/)
    .map((part, at) => (at % 2 === 1 ? visible(part) : escaped(part)))
    .join('')

/** A part of a line keeps the spaces around it. */
function escaped(part: string): string {
  const inner = part.trim()
  if (inner === '') return part === '' ? '' : ' '
  const begin = /^\s/.test(part) ? ' ' : ''
  return `${begin}${markdownLine(inner, Number.POSITIVE_INFINITY)}${/\s$/.test(part) ? ' ' : ''}`
}

/** A size in bytes for people. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  const kilobytes = bytes / 1024
  return kilobytes < 1024 ? `${Math.round(kilobytes)} KB` : `${(kilobytes / 1024).toFixed(1)} MB`
}
