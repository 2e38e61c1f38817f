/** A history with what was said again and again told once. */

/** A status line, as far as it is shown. */
export interface Act {
  timestamp: string
  status: string
  message?: string | null
  progress?: number | null
}

/** One thing that was said so many times without a break. */
export interface Run {
  /** Stays as more is said. */
  key: string
  last: Act
  times: number
}

/** The runs of a history that comes oldest first; newest first. */
export function runsOf(acts: Act[]): Run[] {
  const runs: Run[] = []
  for (const [at, act] of acts.entries()) {
    const run = runs.at(-1)
    if (run && run.last.status === act.status && run.last.message === act.message) {
      run.last = { ...act, progress: act.progress ?? run.last.progress ?? null }
      run.times++
    } else {
      const twins = acts.slice(0, at).filter(({ timestamp }) => timestamp === act.timestamp).length
      runs.push({ key: `${act.timestamp} ${twins}`, last: act, times: 1 })
    }
  }
  return runs.reverse()
}
