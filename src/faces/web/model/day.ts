/** The geometry of the timeline: which span is in view, where an instant lies in it, what the keys go through. */
import type { ClaimBar, Lane, Tick } from '../../../protocol/live/timeline.ts'
import { nameOf } from '../../../protocol/names.ts'
import { formatClock, formatInstant, formatSpan, parseInstant } from '../../../protocol/time.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

export const ZOOMS: [name: string, span: number][] = [
  ['15m', 15 * MINUTE],
  ['1h', HOUR],
  ['4h', 4 * HOUR],
  ['day', 24 * HOUR],
]

/** What is in view: so many milliseconds up to an instant, or up to now, going on with it. */
export interface View {
  span: number
  end: number | 'now'
}

/** What the server told of a span. */
export interface Timeline {
  now: string
  from: string
  to: string
  lanes: Lane[]
  messages: Tick[]
  omitted?: number
}

/** The instants at the edges (epoch ms). A little of the future is shown, so that the line for now has room. */
export function edgesOf({ span, end }: View, now: number): { from: number; to: number } {
  const to = end === 'now' ? now + span * (1 - SHOWN) : end
  return { from: to - span, to }
}

/** A view moved by a share of its span; at the newest end it goes on with now. */
export function panned(view: View, share: number, now: number): View {
  const { to } = edgesOf(view, now)
  const end = to + share * view.span
  return end >= edgesOf({ ...view, end: 'now' }, now).to ? { ...view, end: 'now' } : { ...view, end }
}

/** Where an instant lies, in per cent of the width. */
export function placeOf(time: number, edges: { from: number; to: number }): number {
  return ((time - edges.from) / (edges.to - edges.from)) * 100
}

/** A bar's begin and width in per cent, cut to what is in view; null where it is out of it. Bars that reach up to the last look go on to now. */
export function stretch(
  bar: { from: string; to: string },
  edges: { from: number; to: number },
  told: string,
  now: number,
): { left: number; width: number } | null {
  const from = Math.max(parseInstant(bar.from) ?? 0, edges.from)
  const to = Math.min(bar.to >= told ? now : (parseInstant(bar.to) ?? 0), edges.to)
  if (to < from) return null
  const left = placeOf(from, edges)
  return { left, width: placeOf(to, edges) - left }
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 240, 360].map((minutes) => minutes * MINUTE)

/** The times that the scale tells, at least `least` pixels apart. */
export function scaleOf(edges: { from: number; to: number }, width: number, least = 72) {
  const span = edges.to - edges.from
  const step = STEPS.find((each) => (each / span) * width >= least) ?? STEPS.at(-1)!
  const marks: { time: number; text: string }[] = []
  for (let time = Math.ceil(edges.from / step) * step; time < edges.to; time += step)
    marks.push({ time, text: formatInstant(time).slice(11, 16) })
  return marks
}

/** One thing in a lane that can be pointed at. */
export interface Thing {
  key: string
  lane: number
  kind: 'phase' | 'gap' | 'claim' | 'message'
  at: string
  /** What is told of it, in short lines. */
  title: string
  text: string
  status?: string
  /** The other lanes that it leads to: ids, or `broadcast`. */
  to?: string
}

/** Everything in a lane, by its begin; `called` names ids. */
export function thingsOf(
  lane: Lane,
  at: number,
  ticks: Tick[],
  now: number,
  called: (id: string) => string,
): Thing[] {
  const spanText = ({ from, to }: { from: string; to: string }) => {
    const [begin, end] = [parseInstant(from) ?? 0, parseInstant(to) ?? 0]
    return `${formatClock(begin, now)} to ${formatClock(end, now)}, ${formatSpan(end - begin)}`
  }
  const base = { lane: at }
  const phases = lane.phases.map((bar, index): Thing => {
    const percent = bar.progress === null ? '' : ` ${Math.round(bar.progress * 100)}%`
    const title = `${bar.status}${bar.phase ? ` · ${bar.phase}` : ''}${percent}`
    return {
      ...base,
      key: `${at}:p${index}`,
      kind: 'phase',
      at: bar.from,
      title,
      text: `${spanText(bar)}${bar.message ? ` · ${bar.message}` : ''}`,
      status: bar.status,
    }
  })
  const gaps = lane.gaps.map(
    (bar, index): Thing => ({
      ...{ ...base, key: `${at}:g${index}`, kind: 'gap', at: bar.from },
      ...{ title: 'no sign of life', text: spanText(bar) },
    }),
  )
  const claims = lane.claims.map(
    (bar, index): Thing => ({
      ...{ ...base, key: `${at}:c${index}`, kind: 'claim', at: bar.from },
      ...{
        title: `holds ${nameOf(bar)}`,
        text: `${spanText(bar)}${bar.ended ? ` · ${bar.ended.replaceAll('_', ' ')}` : ''}`,
      },
    }),
  )
  const messages = ticks.map(
    (tick, index): Thing => ({
      ...{ ...base, key: `${at}:m${index}`, kind: 'message', at: tick.at, to: tick.to },
      ...{
        title: `to ${called(tick.to)}: ${tick.subject ?? ''}`,
        text: formatClock(parseInstant(tick.at) ?? 0, now),
      },
    }),
  )
  return [...phases, ...gaps, ...claims, ...messages].sort((a, b) => a.at.localeCompare(b.at))
}

/** Claims in rows, so that those held at once lie below each other; those beyond the last row share it. */
export function rowsOfClaims(claims: ClaimBar[], rows: number): number[] {
  const ends: string[] = []
  return claims.map(({ from, to }) => {
    const free = ends.findIndex((end) => end <= from)
    const row = free === -1 ? Math.min(ends.length, rows - 1) : free
    ends[row] = ends[row] && ends[row] > to ? ends[row] : to
    return row
  })
}

/** A name of at most so many characters, without its middle where it is longer: names of one kind begin alike, and differ at the end. */
export function shortened(name: string, most: number): string {
  const letters = [...name]
  if (letters.length <= most) return name
  const head = Math.floor((most - 1) / 3)
  return `${letters.slice(0, head).join('')}…${letters.slice(1 + head - most).join('')}`
}

/** The closest zoom, up to four hours, that shows all that was told. */
export function fittingZoom({ now, lanes, messages }: Timeline): number {
  const bars = lanes.flatMap(({ phases, claims, gaps }) => [...phases, ...claims, ...gaps])
  const times = [...bars.map(({ from }) => from), ...messages.map(({ at }) => at)]
  const first = times.reduce((least, time) => (time < least ? time : least), now)
  const age = (parseInstant(now) ?? 0) - (parseInstant(first) ?? 0)
  return ZOOMS.slice(0, 2).find(([, span]) => age <= span * SHOWN)?.[1] ?? ZOOMS[2]![1]
}

/** The share of a span that lies before now. */
const SHOWN = 0.97
