/** The page of `coord serve`: starts the stream, the clock and the keys, and draws. */
import { render } from 'preact'
import { parseInstant } from '../../protocol/time.ts'
import { readOverview } from './model/api.ts'
import { startClock } from './model/clock.ts'
import { attendKeys } from './model/keys.ts'
import { heard, type Overview, renewed, type Said } from './model/overview.ts'
import { routeOf } from './model/route.ts'
import { state } from './model/state.ts'
import { eventsFrom, listen, socketTo } from './model/stream.ts'
import { takeToken } from './model/token.ts'
import { App } from './view/app.tsx'

const AGAIN_MS = 60_000
const forever = new AbortController().signal

function said(told: Said): void {
  const { overview, gone } = state.get()
  const now = told.type === 'ping' ? told.now : told.type === 'gone' ? null : heardNow(told)
  const time = parseInstant(now)
  state.set({
    overview: heard(overview, told),
    gone: told.type === 'gone' || (gone && told.type === 'ping'),
    ...(told.type === 'gone' && !gone ? { link: { live: true, since: Date.now() } } : {}),
    ...(time === null ? {} : { skew: time - Date.now() }),
  })
}

const heardNow = (told: Extract<Said, { type: 'overview' | 'change' }>) =>
  told.type === 'overview' ? told.overview.now : told.change.now

/** Ages in texts go on without a change that the stream would tell. */
async function again(): Promise<void> {
  const { overview, link, gone } = state.get()
  if (document.hidden || !link.live || gone || !overview) return
  const answer = await readOverview<Overview>()
  const shown = state.get().overview
  if (answer.ok && shown && shown.now <= answer.now) state.set({ overview: renewed(shown, answer) })
}

takeToken()
const follow = () => {
  const route = routeOf(location.hash)
  state.set({ route, to: route.view === 'session' ? route.id : 'broadcast', answers: null, notice: null })
}
follow()
state.set({ link: { live: false, since: Date.now() } })
addEventListener('hashchange', () => {
  takeToken()
  follow()
})
startClock(forever)
attendKeys(forever)
const token = () => state.get().token
const retry = listen(
  {
    said,
    link: (live) => state.get().link.live !== live && state.set({ link: { live, since: Date.now() } }),
  },
  [socketTo('api/stream', token), eventsFrom('api/events')],
  forever,
)
addEventListener('online', retry)
let known = token()
state.subscribe(() => {
  if (token() !== known && token() !== null) setTimeout(retry)
  known = token()
})
setInterval(() => void again(), AGAIN_MS)
render(<App retry={retry} />, document.getElementById('page')!)
