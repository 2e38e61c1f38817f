/** Which rows of a long list are in sight. */
import { useCallback, useEffect, useState } from 'preact/hooks'
import { rowsInSight } from '../model/rows.ts'

/** What of a box is in sight: of one that scrolls itself its own part, of one that flows in the page the page's. */
function sightOf(element: HTMLElement): { scrolled: number; height: number } {
  if (!flows(element)) return { scrolled: element.scrollTop, height: element.clientHeight }
  const { top, bottom } = element.getBoundingClientRect()
  const scrolled = Math.max(0, -top)
  return { scrolled, height: Math.max(0, Math.min(bottom, innerHeight) - Math.max(top, 0)) }
}

const flows = (element: HTMLElement) => getComputedStyle(element).overflowY === 'visible'

/** So many are all drawn where the page itself scrolls, which is before its scripts hear of it. */
const FEW = 40

/** Below the header that stays in sight. */
const HEAD_PX = 56

/** Scroll the page to what lies there in the box. */
function revealInPage(element: HTMLElement, top: number, bottom: number): void {
  const at = element.getBoundingClientRect().top
  if (at + top < HEAD_PX) scrollBy(0, at + top - HEAD_PX)
  else if (at + bottom > innerHeight) scrollBy(0, at + bottom - innerHeight)
}

/** The rows in sight of a box, and what brings one into sight. */
export function useWindow(box: { current: HTMLElement | null }, rows: number, rowHeight: number) {
  const [seen, setSeen] = useState({ first: 0, last: Math.min(rows, 12) })
  useEffect(() => {
    const element = box.current
    if (!element) return
    const look = () => {
      const { scrolled, height } = sightOf(element)
      const all = flows(element) && rows <= FEW
      const next = all ? { first: 0, last: rows } : rowsInSight(scrolled, height, rows, rowHeight)
      setSeen((before) => (before.first === next.first && before.last === next.last ? before : next))
    }
    const observer = new ResizeObserver(look)
    observer.observe(element)
    element.addEventListener('scroll', look, { passive: true })
    const inPage = () => flows(element) && look()
    addEventListener('scroll', inPage, { passive: true })
    addEventListener('resize', look)
    look()
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', look)
      removeEventListener('scroll', inPage)
      removeEventListener('resize', look)
    }
  }, [box, rows, rowHeight])
  const reveal = useCallback(
    (row: number) => {
      const element = box.current
      if (!element) return
      const [top, bottom] = [row * rowHeight, (row + 1) * rowHeight]
      if (flows(element)) revealInPage(element, top, bottom)
      else if (top < element.scrollTop) element.scrollTop = top
      else if (bottom > element.scrollTop + element.clientHeight)
        element.scrollTop = bottom - element.clientHeight
    },
    [box, rowHeight],
  )
  return { first: Math.min(seen.first, rows), last: Math.min(Math.max(seen.last, seen.first), rows), reveal }
}
