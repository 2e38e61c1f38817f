/** What the server told of the day, asked again as the room changes and as other times come into view. */
import { useEffect, useState } from 'preact/hooks'
import { formatInstant, parseInstant } from '../../../protocol/time.ts'
import { read } from './api.ts'
import { edgesOf, type Timeline, type View } from './day.ts'
import { serverNow, state } from './state.ts'

/** Many changes at once, or a long pan, are one question. */
const CALM_MS = 300
/** How long an answer is good for although something changed; longer where it takes the server long. */
const LEAST_MS = 8000
const TIMES = 30

/** The timeline around a view, kept up with the room while it is in sight; null until the first answer. */
export function useTimeline(view: View, isInSight: () => boolean): Timeline | null {
  const [told, setTold] = useState<Timeline | null>(null)
  const isLive = view.end === 'now'
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again only where the view leaves what was told
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let next = 0
    let isOver = false
    const ask = async () => {
      timer = undefined
      const asked = Date.now()
      const answer = await read<Timeline>('timeline', spanAround(view))
      next = Date.now() + Math.max(LEAST_MS, (Date.now() - asked) * TIMES)
      if (answer.ok && !isOver) setTold(answer)
    }
    const soon = () => {
      if (document.hidden || !state.get().link.live || !isInSight()) return
      timer ??= setTimeout(() => void ask(), Math.max(CALM_MS, next - Date.now()))
    }
    if (!told || !covers(told, view)) timer = setTimeout(() => void ask(), told ? CALM_MS : 0)
    let seen = state.get().overview
    const stop = state.subscribe(() => {
      const { overview } = state.get()
      if (overview === seen || !isLive) return
      seen = overview
      soon()
    })
    return () => {
      isOver = true
      stop()
      clearTimeout(timer)
    }
  }, [view.span, view.end])
  return told
}

/** The view and as much again before it. */
function spanAround(view: View): Record<string, string> {
  const now = serverNow()
  const { from, to } = edgesOf(view, now)
  const past = formatInstant(from - view.span)
  return to >= now ? { from: past } : { from: past, to: formatInstant(Math.min(now - 1000, to + view.span)) }
}

function covers(told: Timeline, view: View): boolean {
  const { from, to } = edgesOf(view, serverNow())
  const end = parseInstant(told.to) ?? 0
  return (parseInstant(told.from) ?? 0) <= from && (to <= end || end >= (parseInstant(told.now) ?? 0) - 1000)
}
