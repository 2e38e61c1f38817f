/** Two texts as a unified diff: hunks with two lines around, as `diff -U2` has them. */

const AROUND = 2
/** Above so many pairs of lines the middle is told as replaced; it would only take long. */
const PAIRS = 4_000_000

type Line = [sign: ' ' | '-' | '+', text: string]

/** The lines of the diff, without a head; none where the texts are the same. */
export function unifiedDiff(before: string, after: string): string[] {
  if (before === after) return []
  return hunksOf(compare(linesOf(before), linesOf(after)))
}

/** A last line without a newline is another line than one with it. */
function linesOf(text: string): string[] {
  const lines = text.split('\n')
  const last = lines.pop()!
  return last === '' ? lines : [...lines, `${last}${NO_NEWLINE}`]
}

const NO_NEWLINE = '\n\\ No newline at end of file'

function compare(old: string[], now: string[]): Line[] {
  const least = Math.min(old.length, now.length)
  let head = 0
  while (head < least && old[head] === now[head]) head++
  let tail = 0
  while (tail < least - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++
  const same = (line: string): Line => [' ', line]
  return [
    ...old.slice(0, head).map(same),
    ...middle(old.slice(head, old.length - tail), now.slice(head, now.length - tail)),
    ...old.slice(old.length - tail).map(same),
  ]
}

/** By the longest common subsequence. */
function middle(old: string[], now: string[]): Line[] {
  const removed = old.map((line): Line => ['-', line])
  const added = now.map((line): Line => ['+', line])
  if (old.length * now.length > PAIRS || old.length === 0 || now.length === 0) return [...removed, ...added]
  const common = Array.from({ length: old.length + 1 }, () => new Uint32Array(now.length + 1))
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = now.length - 1; j >= 0; j--)
      common[i]![j] =
        old[i] === now[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!)
  const lines: Line[] = []
  for (let [i, j] = [0, 0]; i < old.length || j < now.length; ) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      lines.push([' ', old[i]!])
      i++
      j++
    } else if (j >= now.length || (i < old.length && common[i + 1]![j]! >= common[i]![j + 1]!))
      lines.push(removed[i++]!)
    else lines.push(added[j++]!)
  }
  return lines
}

function hunksOf(lines: Line[]): string[] {
  const isNear = lines.map((_, at) =>
    lines.slice(Math.max(0, at - AROUND), at + AROUND + 1).some(([sign]) => sign !== ' '),
  )
  const out: string[] = []
  let [old, now] = [1, 1]
  for (let at = 0; at < lines.length; at++) {
    if (isNear[at] && !isNear[at - 1]) {
      const end = isNear.indexOf(false, at)
      const hunk = lines.slice(at, end < 0 ? lines.length : end)
      const count = (not: string) => hunk.filter(([sign]) => sign !== not).length
      out.push(`@@ -${range(old, count('+'))} +${range(now, count('-'))} @@`)
    }
    const [sign, text] = lines[at]!
    if (isNear[at]) out.push(...`${sign}${text}`.split('\n'))
    if (sign !== '+') old++
    if (sign !== '-') now++
  }
  return out
}

const range = (from: number, count: number) => `${count === 0 ? from - 1 : from},${count}`
