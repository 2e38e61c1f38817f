/** The arcs of a message, from the lane of its sender to those it is for. */
import type { Lane } from '../../../protocol/live/timeline.ts'
import { parseInstant } from '../../../protocol/time.ts'
import { placeOf, type Thing } from '../model/day.ts'

interface Shown {
  lanes: Lane[]
  pointed: Thing
  edges: { from: number; to: number }
  laneHeight: number
  width: number
}

/** More arcs than this would hide what lies behind; a straight line says the same. */
const MOST = 12

/** Drawn over the lanes; a broadcast leads to all of them that are there. */
export function Arcs({ lanes, pointed, edges, laneHeight, width }: Shown) {
  const x = (placeOf(parseInstant(pointed.at) ?? 0, edges) / 100) * width
  const middle = (lane: number) => lane * laneHeight + laneHeight / 2
  const to = lanes.flatMap(({ session_id, ended }, lane) =>
    lane !== pointed.lane && (pointed.to === 'broadcast' ? !ended : session_id === pointed.to) ? [lane] : [],
  )
  const from = middle(pointed.lane)
  const [first, last] = [Math.min(pointed.lane, ...to), Math.max(pointed.lane, ...to)]
  return (
    <svg class="arcs" width={width} height={lanes.length * laneHeight} aria-hidden="true">
      {to.length > MOST && <path d={`M ${x} ${middle(first)} L ${x} ${middle(last)}`} />}
      {to.map((lane) => {
        const end = middle(lane)
        const bend = Math.min(48, 12 + Math.abs(end - from) / 4) * (x > width - 60 ? -1 : 1)
        return (
          <g key={lane}>
            {to.length <= MOST && (
              <path d={`M ${x} ${from} C ${x + bend} ${from}, ${x + bend} ${end}, ${x} ${end}`} />
            )}
            <circle cx={x} cy={end} r="3" />
          </g>
        )
      })}
      <circle cx={x} cy={from} r="3" />
    </svg>
  )
}
