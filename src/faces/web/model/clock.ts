/** Ages go on by themselves: components that tell one are drawn again now and then. */
import { observable, usePart } from './observable.ts'
import { serverNow } from './state.ts'

const STEP_MS = 5000
const tick = observable({ at: 0 })

/** Let the ages go on; ends with the signal. */
export function startClock(signal: AbortSignal): void {
  const timer = setInterval(() => document.hidden || tick.set({ at: serverNow() }), STEP_MS)
  const wake = () => tick.set({ at: serverNow() })
  document.addEventListener('visibilitychange', wake, { signal })
  signal.addEventListener('abort', () => clearInterval(timer))
}

/** Now (epoch ms, by the server's clock), in a component that goes on with the time. */
export function useNow(): number {
  usePart(tick, ({ at }) => at)
  return serverNow()
}
