/** When a task will be done, judged by the progress that its status lines tell. */
import type { StatusLine } from '../records.ts'
import { parseInstant } from '../time.ts'

/** A progress (0 to 1) at an instant (epoch ms). */
interface Point {
  time: number
  share: number
}

/** More points say nothing new of the present pace. */
const MOST = 30

/**
 * The progress of the present task, oldest first: what stands before another `task_id`, before a fall of the progress (a reset), or
 * before the task was completed belongs to another run.
 */
export function progressOf(lines: StatusLine[]): Point[] {
  const points: Point[] = []
  let task: string | null | undefined
  for (const { timestamp, progress, task_id, status } of lines.toReversed()) {
    if (task_id && task && task_id !== task) break
    task ??= task_id
    const time = parseInstant(timestamp)
    if (points.length > 0 && status === 'completed') break
    if (typeof progress !== 'number' || !(progress >= 0 && progress <= 1) || time === null) continue
    const later = points.at(-1)
    if (later && progress > later.share) break
    points.push({ time, share: progress })
    if (points.length === MOST) break
  }
  return points.reverse()
}

/**
 * When the progress reaches 1 (epoch ms), or null where that can't be told: no step of progress yet, or the moment is past already.
 * The pace is the median over all progress that was made, so that half of it may have been made in leaps or after stalls.
 */
export function estimateEnd(points: Point[], now: number): number | null {
  const last = points.at(-1)
  if (!last || last.share >= 1) return null
  const end = last.time + (1 - last.share) * (paceOf(points) ?? Number.POSITIVE_INFINITY)
  return Number.isFinite(end) && end > now ? Math.round(end) : null
}

/** The progress that is shown: that of who is under way, as what somebody reached before it rested or failed says nothing of now. */
export function progressShown({
  status,
  progress,
}: {
  status: string
  progress: number | null
}): number | null {
  return status === 'working' || status === 'blocked' ? progress : null
}

/** Milliseconds for the whole task at the median pace of its steps, each counted by the progress it made; null without a step. */
function paceOf(points: Point[]): number | null {
  const steps = points.slice(1).flatMap((point, at) => {
    const made = point.share - points[at]!.share
    return made > 0 ? [{ made, pace: (point.time - points[at]!.time) / made }] : []
  })
  steps.sort((a, b) => a.pace - b.pace)
  let left = steps.reduce((sum, { made }) => sum + made, 0) / 2
  for (const { made, pace } of steps) {
    left -= made
    if (left <= 1e-9) return pace
  }
  return null
}
