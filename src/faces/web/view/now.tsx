/** Now: a card for each session, those that need somebody first. Only the cards in sight are there, so that a thousand are as quick as ten. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { LiveSession } from '../../../protocol/live/sessions.ts'
import { filtered } from '../model/filter.ts'
import { state, useShown } from '../model/state.ts'
import { Card } from './card.tsx'
import { Empty } from './empty.tsx'
import { StateMark } from './text.tsx'
import { useWindow } from './window.ts'

const ROW_PX = 164
const LEAST_PX = 280
const GAP_PX = 8

/** The second band. */
export function Now() {
  const sessions = useShown(({ overview }) => overview?.sessions)
  const filter = useShown(({ filter }) => filter)
  const status = useShown(({ status }) => status)
  if (!sessions) return null
  const wanted = filtered(sessions, filter, status)
  return (
    <section class="band" aria-labelledby="now-title">
      <div class="title">
        <h2 id="now-title">
          Now{' '}
          <span class="count">
            {wanted.length === sessions.length ? sessions.length : `${wanted.length} of ${sessions.length}`}
          </span>
        </h2>
        <States sessions={sessions} chosen={status} />
      </div>
      {sessions.length === 0 ? <Empty /> : <Grid sessions={wanted} />}
    </section>
  )
}

/** How many are in each state; pressed, only these are shown. */
function States({ sessions, chosen }: { sessions: LiveSession[]; chosen: string | null }) {
  const counts = new Map<string, number>()
  for (const { status } of sessions) counts.set(status, (counts.get(status) ?? 0) + 1)
  if (counts.size < 2 && chosen === null) return null
  return (
    <div class="states">
      {[...counts].map(([status, count]) => (
        <button
          type="button"
          class="plain"
          key={status}
          aria-pressed={chosen === status}
          onClick={() => state.set({ status: chosen === status ? null : status })}
        >
          <StateMark status={status} word /> {count}
        </button>
      ))}
    </div>
  )
}

function Grid({ sessions }: { sessions: LiveSession[] }) {
  const box = useRef<HTMLDivElement>(null)
  const columns = useColumns(box)
  const cursor = useShown(({ cursor }) => cursor)
  const rows = Math.ceil(sessions.length / columns)
  const { first, last, reveal } = useWindow(box, rows, ROW_PX)
  const at = sessions.findIndex(({ session_id }) => cursor === `session:${session_id}`)
  useEffect(() => {
    if (at < 0) return
    box.current?.scrollIntoView({ block: 'nearest' })
    reveal(Math.floor(at / columns))
  }, [at, columns, reveal])
  return (
    <div class="grid-box" ref={box} tabIndex={-1}>
      {sessions.length === 0 && (
        <p class="none">
          No session fits the filter.{' '}
          <button type="button" class="small" onClick={() => state.set({ filter: '', status: null })}>
            Show all
          </button>
        </p>
      )}
      <div class="grid-all" style={{ height: `${Math.max(0, rows * ROW_PX - GAP_PX)}px` }}>
        <div
          class="grid"
          style={{
            transform: `translateY(${first * ROW_PX}px)`,
            gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
          }}
        >
          {sessions.slice(first * columns, last * columns).map((row) => (
            <Card key={row.session_id} row={row} at={cursor === `session:${row.session_id}`} />
          ))}
        </div>
      </div>
    </div>
  )
}

/** How many cards fit beside each other. */
function useColumns(box: { current: HTMLElement | null }): number {
  const [columns, setColumns] = useState(1)
  useEffect(() => {
    if (!box.current) return
    const look = () =>
      setColumns(Math.max(1, Math.floor(((box.current?.clientWidth ?? 0) + GAP_PX) / (LEAST_PX + GAP_PX))))
    const observer = new ResizeObserver(look)
    observer.observe(box.current)
    look()
    return () => observer.disconnect()
  }, [box])
  return columns
}
