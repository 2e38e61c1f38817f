/** The lanes of the timeline; only those in sight are there. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Lane, Tick } from '../../../protocol/live/timeline.ts'
import { parseInstant } from '../../../protocol/time.ts'
import {
  placeOf,
  rowsOfClaims,
  scaleOf,
  shortened,
  stretch,
  type Thing,
  type Timeline,
} from '../model/day.ts'
import { hashOf } from '../model/route.ts'
import { Arcs } from './arcs.tsx'
import { roleOf, Say } from './text.tsx'
import { useWindow } from './window.ts'

const LANE_PX = 44
const CLAIM_ROWS = 2
/** A narrower bar has no room for words. */
const LABEL_PX = 44
const MARK_PX = 40
/** Narrower tracks have narrower names beside them. */
const NARROW_PX = 400

interface Shown {
  lanes: Lane[]
  edges: { from: number; to: number }
  told: Timeline
  now: number
  ticks: Map<string, Tick[]>
  things(lane: number): Thing[]
  pointed: Thing | null
  point(thing: Thing | null): void
  drag: object
  keys(event: KeyboardEvent): void
}

/** Scale, lanes, the line for now, and the arcs of the message that is pointed at. */
export function Lanes(shown: Shown) {
  const { lanes, edges, now, things, pointed, point, drag, keys } = shown
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const { first, last, reveal } = useWindow(box, lanes.length, LANE_PX)
  useEffect(() => {
    if (pointed && document.activeElement === box.current) reveal(pointed.lane)
  }, [pointed, reveal])
  const look = (event: Event) => {
    const key = (event.target as HTMLElement).closest<HTMLElement>('[data-thing]')?.dataset.thing
    point(key ? (things(Number(key.split(':')[0])).find((each) => each.key === key) ?? null) : null)
  }
  const marks = scaleOf(edges, Math.max(120, width))
  const told = marks.filter(({ time }) => placeOf(time, edges) < 100 - (MARK_PX / Math.max(120, width)) * 100)
  return (
    <div class="timeline">
      <div class="scale" aria-hidden="true">
        <span class="lane-name">UTC</span>
        <div class="tracks">
          {told.map(({ time, text }) => (
            <span key={time} class="mark-time" style={{ left: `${placeOf(time, edges)}%` }}>
              {text}
            </span>
          ))}
        </div>
      </div>

      <div
        id="lanes"
        ref={box}
        class="lanes"
        role="application"
        aria-label="timeline; arrow keys go through it"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys go through what it shows
        tabIndex={0}
        onKeyDown={keys}
        onPointerOver={look}
        onPointerLeave={() => point(null)}
        {...drag}
      >
        <div class="lanes-all" style={{ height: `${lanes.length * LANE_PX}px` }}>
          <div class="behind">
            {marks.map(({ time }) => (
              <span key={time} class="rule" style={{ left: `${placeOf(time, edges)}%` }} />
            ))}
            <span class="line-now" style={{ left: `${Math.min(101, placeOf(now, edges))}%` }} />
          </div>
          {lanes.slice(first, last).map((lane, at) => (
            <Row key={lane.session_id} {...shown} width={width} lane={lane} at={first + at} />
          ))}
          {pointed?.to && (
            <Arcs lanes={lanes} pointed={pointed} edges={edges} laneHeight={LANE_PX} width={width} />
          )}
        </div>
      </div>
    </div>
  )
}

function Row({
  lane,
  at,
  edges,
  told,
  now,
  ticks,
  pointed,
  width,
}: Shown & { lane: Lane; at: number; width: number }) {
  const rows = rowsOfClaims(lane.claims, CLAIM_ROWS)
  const here = (key: string) => (pointed?.key === key ? ' pointed' : '')
  const bars = <T extends { from: string; to: string }>(
    all: T[],
    kind: string,
    draw: (bar: T, index: number, style: { left: string; width: string }, key: string) => preact.JSX.Element,
  ) =>
    all.map((bar, index) => {
      const place = stretch(bar, edges, told.to, now)
      return (
        place &&
        draw(bar, index, { left: `${place.left}%`, width: `${place.width}%` }, `${at}:${kind}${index}`)
      )
    })
  return (
    <div class={lane.ended ? 'lane over' : 'lane'} style={{ top: `${at * LANE_PX}px` }}>
      <a class="lane-name" href={hashOf(lane.session_id)} tabIndex={-1} draggable={false}>
        <Say text={shortened(lane.label, width < NARROW_PX ? 22 : 40)} />
      </a>
      <div class="tracks">
        {bars(lane.gaps, 'g', (_, index, style, key) => (
          <span key={`g${index}`} class={`gap${here(key)}`} style={style} data-thing={key} />
        ))}
        {bars(lane.phases, 'p', (bar, index, style, key) => (
          <span
            key={`p${index}`}
            class={`phase ${roleOf(bar.status)}${here(key)}`}
            style={style}
            data-thing={key}
          >
            {(Number.parseFloat(style.width) / 100) * width > LABEL_PX && (
              <span>
                <Say text={bar.phase ?? bar.status} />
              </span>
            )}
          </span>
        ))}
        {bars(lane.claims, 'c', (_, index, style, key) => (
          <span
            key={`c${index}`}
            class={`held row${rows[index]}${here(key)}`}
            style={style}
            data-thing={key}
          />
        ))}
        {(ticks.get(lane.session_id) ?? []).map((tick, index) => {
          const left = placeOf(parseInstant(tick.at) ?? 0, edges)
          const key = `${at}:m${index}`
          return (
            left >= 0 &&
            left <= 100 && (
              <span key={tick.id} class={`tick${here(key)}`} style={{ left: `${left}%` }} data-thing={key} />
            )
          )
        })}
      </div>
    </div>
  )
}

/** The width of the tracks. */
function useWidth(box: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    if (!box.current) return
    const look = () => setWidth(box.current?.querySelector('.behind')?.clientWidth ?? 0)
    const observer = new ResizeObserver(look)
    observer.observe(box.current)
    look()
    return () => observer.disconnect()
  }, [box])
  return width
}
