// The rows of a bench: a line each while it runs, at the end a verdict, and on request a Markdown table and JSON.

/**
 * Judges rows. A row has a `group`, a `name`, and either a process's times (`ms`, `p90`, `ratio` to bare Node, `mib` of peak memory) or a
 * `value` with its `unit`, of claims also what they come to in a second (`rate`). `bar` and `goal` are the most a ratio may be; `atLeast` or `atMost`, and `goalValue`, those of a value.
 * `tolerance` is by how much a bar may be missed before it counts as broken.
 */
export function createReport({ tolerance, print }) {
  const rows = []
  const judge = (row) =>
    !row.failed &&
    !(row.ratio > row.bar * tolerance) &&
    !(row.value < row.atLeast / tolerance) &&
    !(row.value > row.atMost * tolerance)
  return {
    rows,
    add(row) {
      rows.push({ ...row, ok: judge(row), reached: reached(row) })
      print(lineOf(rows.at(-1)))
    },
  }
}

/** Whether a row reaches its goal; null for one without. */
function reached({ ratio, value, goal, goalValue, atLeast }) {
  if (goal !== undefined) return ratio <= goal
  if (goalValue === undefined) return null
  return atLeast === undefined ? value <= goalValue : value >= goalValue
}

const number = (value, digits, unit) =>
  value === undefined || Number.isNaN(value) ? '' : `${value.toFixed(digits)}${unit}`

function cells(row) {
  const bar = row.bar === undefined ? '' : `≤ ${row.bar}×`
  const goal = row.goal === undefined ? '' : `≤ ${row.goal}×`
  const sign = row.atLeast === undefined ? '≤' : '≥'
  const limit = row.atLeast ?? row.atMost
  const rate = row.rate === undefined ? '' : ` (${Math.round(row.rate)}/s)`
  return {
    bar: limit === undefined ? bar : `${sign} ${amount(limit, row)}`,
    goal: row.goalValue === undefined ? goal : `${sign} ${amount(row.goalValue, row)}`,
    ratio: number(row.ratio, 2, '×'),
    ms: row.value === undefined ? number(row.ms, 1, ' ms') : `${amount(row.value, row)}${rate}`,
    p90: number(row.p90, 1, ' ms'),
    mib: number(row.mib, 0, ' MiB'),
  }
}

const amount = (value, { unit, rate }) => `${value.toFixed(rate === undefined ? 0 : 1)} ${unit}`

function lineOf(row) {
  const { ratio, ms, p90, mib, bar } = cells(row)
  const facts = [ms, p90 && `p90 ${p90}`, ratio, mib, bar, row.failed].filter(Boolean)
  return `  ${row.ok ? ' ' : '✗'} ${row.name}  ${facts.join('  ')}`
}

/** The rows as one Markdown table. */
export function markdownTable(rows) {
  const head = ['room', 'what', 'bar', 'goal', 'seen', 'median', 'p90', 'peak memory']
  const body = rows.map((row) => {
    const { bar, goal, ratio, ms, p90, mib } = cells(row)
    const seen = `${ratio || ms}${row.reached ? ' ✓' : ''}${row.ok ? '' : ' ✗'}`
    return [row.group, row.name, bar, goal, seen, ratio ? ms : '', p90, mib]
  })
  const lines = [head, head.map(() => '---'), ...body].map((each) => `| ${each.join(' | ')} |`)
  return `${lines.join('\n')}\n`
}

/** What a run comes to, in a sentence or two. */
export function verdict(rows) {
  const broken = rows.filter(({ ok }) => !ok)
  const goals = rows.filter(({ reached }) => reached !== null)
  const reachedGoals = goals.filter(({ reached }) => reached)
  const names = broken.map(({ group, name }) => `${group}: ${name}`).join('; ')
  const bars = broken.length === 0 ? 'every bar holds' : `${broken.length} broken: ${names}`
  return `${bars}; ${reachedGoals.length} of ${goals.length} goals reached`
}
