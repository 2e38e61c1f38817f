/** The day: a lane for each session, what it was at, what it held, and who wrote to whom. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { useNow } from '../model/clock.ts'
import {
  edgesOf,
  fittingZoom,
  panned,
  type Thing,
  type Timeline,
  thingsOf,
  type View,
  ZOOMS,
} from '../model/day.ts'
import { HAS_KEYS } from '../model/keys.ts'
import { calledIn } from '../model/overview.ts'
import { useShown } from '../model/state.ts'
import { useTimeline } from '../model/timeline.ts'
import { Lanes } from './lanes.tsx'
import { Say } from './text.tsx'

/** The third band. */
export function Day() {
  const band = useRef<HTMLElement>(null)
  const { told, view, setView } = useView(() => isInSight(band.current))
  useZoomKeys(setView)
  return (
    <section class="band day" ref={band} aria-labelledby="day-title">
      <div class="title">
        <h2 id="day-title">Day</h2>
        <div class="zooms">
          {ZOOMS.map(([name, span]) => (
            <button
              type="button"
              class="small"
              key={name}
              aria-pressed={view.span === span}
              onClick={() => setView(zoomed(view, span))}
            >
              {name}
            </button>
          ))}
          <button
            type="button"
            class="small"
            disabled={view.end === 'now'}
            onClick={() => setView({ ...view, end: 'now' })}
          >
            Now
          </button>
        </div>
      </div>
      {told ? <Drawn told={told} view={view} setView={setView} /> : <p class="none">…</p>}
    </section>
  )
}

type SetView = (change: View | ((view: View) => View)) => void

/** What is in view, and what was told of it; until somebody chooses, the zoom that fits what was there at first. */
function useView(isSeen: () => boolean) {
  const [chosen, choose] = useState<View | null>(null)
  const fitting = useRef<number | null>(null)
  const first = (): View => ({ span: fitting.current ?? ZOOMS[2]![1], end: 'now' })
  const told = useTimeline(chosen ?? first(), isSeen)
  if (told) fitting.current ??= fittingZoom(told)
  // biome-ignore lint/correctness/useExhaustiveDependencies: it looks up what is the first view when it is called
  const setView: SetView = useCallback(
    (change) => choose((before) => (typeof change === 'function' ? change(before ?? first()) : change)),
    [],
  )
  return { told, view: chosen ?? first(), setView }
}

function isInSight(element: HTMLElement | null): boolean {
  const box = element?.getBoundingClientRect()
  return box !== undefined && box.top < innerHeight && box.bottom > 0
}

/** Another span around the middle of what is shown. */
function zoomed(view: View, span: number): View {
  return view.end === 'now' ? { span, end: 'now' } : { span, end: view.end - view.span / 2 + span / 2 }
}

function useZoomKeys(setView: (change: (view: View) => View) => void): void {
  useEffect(() => {
    const attend = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement
      if (event.ctrlKey || event.metaKey || event.altKey || target.matches('input, textarea, select')) return
      const zoom = ZOOMS[Number(event.key) - 1]
      if (zoom) setView((view) => zoomed(view, zoom[1]))
      if (event.key === 'n') setView((view) => ({ ...view, end: 'now' }))
    }
    document.addEventListener('keydown', attend)
    return () => document.removeEventListener('keydown', attend)
  }, [setView])
}

interface Shown {
  told: Timeline
  view: View
  setView: SetView
}

function Drawn({ told, view, setView }: Shown) {
  const now = useNow()
  const edges = edgesOf(view, now)
  const overview = useShown(({ overview }) => overview)
  const [pointed, setPointed] = useState<Thing | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: which lanes are in view need not be asked at every tick
  const lanes = useMemo(() => inView(told, edges), [told, Math.floor(edges.from / 10_000), view.span])
  const ticks = useMemo(() => Map.groupBy(told.messages, ({ from }) => from), [told])
  const called = useCallback((id: string) => (overview ? calledIn(overview, id) : id), [overview])
  const things = useCallback(
    (at: number) => {
      const lane = lanes[at]
      return lane ? thingsOf(lane, at, ticks.get(lane.session_id) ?? [], now, called) : []
    },
    [lanes, ticks, now, called],
  )
  const drag = useDrag((share) => setView((each) => panned(each, share, now)))
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'Escape' || event.ctrlKey || event.metaKey || event.altKey) return
    const share = { ArrowLeft: -0.25, ArrowRight: 0.25 }[event.key]
    if (event.shiftKey && share !== undefined) setView((each) => panned(each, share, now))
    else if (event.key.startsWith('Arrow')) setPointed(nextThing(pointed, event.key, lanes.length, things))
    else return
    event.preventDefault()
  }
  if (lanes.length === 0) return <p class="none">Nobody was here in this time.</p>
  return (
    <>
      <Lanes {...{ lanes, edges, told, now, ticks, things, pointed, point: setPointed, drag, keys }} />
      <p class="detail" role="status">
        {pointed ? (
          <>
            <strong>
              <Say text={lanes[pointed.lane]?.label ?? ''} />
            </strong>{' '}
            <Say text={pointed.title} /> <span class="muted">{<Say text={pointed.text} />}</span>
          </>
        ) : (
          <span class="muted">
            Times are UTC. {HAS_KEYS ? 'Point at something, or use the arrow keys' : 'Touch something'}; drag
            to go back.
            {told.omitted ? ` ${told.omitted} more sessions are not shown.` : ''}
          </span>
        )}
      </p>
    </>
  )
}

/** The lanes that have something in view. */
function inView({ lanes, to }: Timeline, edges: { from: number; to: number }) {
  const [from, end] = [new Date(edges.from).toISOString(), new Date(edges.to).toISOString()]
  const isIn = (bar: { from: string; to: string }) => bar.from <= end && (bar.to >= from || bar.to === to)
  return lanes.filter(
    ({ phases, claims, gaps, ended }) =>
      phases.some(isIn) || claims.some(isIn) || (!ended && gaps.some(isIn)),
  )
}

/** The thing that an arrow key leads to: the next of its lane, or the nearest in time of the lane beside. */
function nextThing(
  from: Thing | null,
  key: string,
  lanes: number,
  things: (lane: number) => Thing[],
): Thing | null {
  if (!from) return things(0).at(-1) ?? null
  const step = key === 'ArrowUp' || key === 'ArrowLeft' ? -1 : 1
  if (key === 'ArrowLeft' || key === 'ArrowRight') {
    const own = things(from.lane)
    return own[own.findIndex((each) => each.key === from.key) + step] ?? from
  }
  for (let lane = from.lane + step; lane >= 0 && lane < lanes; lane += step) {
    const there = things(lane)
    if (there.length > 0) return there.findLast(({ at }) => at <= from.at) ?? there[0]!
  }
  return from
}

const SLACK_PX = 4

/** Dragging a track to the right goes back in time; `pan` is told shares of the width. */
function useDrag(pan: (share: number) => void) {
  const from = useRef<{ x: number; id: number; moved: boolean } | null>(null)
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.button === 0) from.current = { x: event.clientX, id: event.pointerId, moved: false }
    },
    onPointerMove: (event: PointerEvent) => {
      const at = from.current
      if (!at) return
      const box = event.currentTarget as HTMLElement
      if (!at.moved && Math.abs(event.clientX - at.x) < SLACK_PX) return
      if (!at.moved) box.setPointerCapture(at.id)
      const width = box.querySelector('.tracks')?.clientWidth ?? box.clientWidth
      pan((at.x - event.clientX) / Math.max(1, width))
      from.current = { ...at, x: event.clientX, moved: true }
    },
    onPointerUp: () => {
      from.current = null
    },
    onPointerCancel: () => {
      from.current = null
    },
    onWheel: (event: WheelEvent) => {
      if (Math.abs(event.deltaX) <= Math.abs(event.deltaY)) return
      event.preventDefault()
      const box = event.currentTarget as HTMLElement
      pan(event.deltaX / Math.max(1, box.clientWidth))
    },
  }
}
