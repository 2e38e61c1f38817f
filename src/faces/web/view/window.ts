/** Which rows of a long list are in sight. */
import { useCallback, useEffect, useState } from 'preact/hooks'
import { rowsInSight } from '../model/rows.ts'

/** The rows in sight of a scrolling box, and what brings one into sight. */
export function useWindow(box: { current: HTMLElement | null }, rows: number, rowHeight: number) {
  const [seen, setSeen] = useState({ first: 0, last: Math.min(rows, 12) })
  useEffect(() => {
    const element = box.current
    if (!element) return
    const look = () => {
      const next = rowsInSight(element.scrollTop, element.clientHeight, rows, rowHeight)
      setSeen((before) => (before.first === next.first && before.last === next.last ? before : next))
    }
    const observer = new ResizeObserver(look)
    observer.observe(element)
    element.addEventListener('scroll', look, { passive: true })
    look()
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', look)
    }
  }, [box, rows, rowHeight])
  const reveal = useCallback(
    (row: number) => {
      const element = box.current
      if (!element) return
      const [top, bottom] = [row * rowHeight, (row + 1) * rowHeight]
      if (top < element.scrollTop) element.scrollTop = top
      else if (bottom > element.scrollTop + element.clientHeight)
        element.scrollTop = bottom - element.clientHeight
    },
    [box, rowHeight],
  )
  return { first: Math.min(seen.first, rows), last: Math.min(Math.max(seen.last, seen.first), rows), reveal }
}
