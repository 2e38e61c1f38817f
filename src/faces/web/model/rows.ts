/** Which rows of a long list are in sight, all of one height. */
const SPARE = 2

/** The rows that a box of some height shows when it is scrolled so far: from `first` up to before `last`, with some to spare. */
export function rowsInSight(scrolled: number, height: number, rows: number, rowHeight: number) {
  const first = Math.max(0, Math.min(rows, Math.floor(scrolled / rowHeight)) - SPARE)
  const last = Math.min(rows, Math.ceil((scrolled + height) / rowHeight) + SPARE)
  return { first, last: Math.max(first, last) }
}
