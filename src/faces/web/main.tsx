/** The page of `coord serve`: starts the stream, the clock and the keys, and draws. */
import { render } from 'preact'
import { parseInstant } from '../../protocol/time.ts'
import { checkToken, readOverview } from './model/api.ts'
import { startClock } from './model/clock.ts'
import { keptDraft } from './model/draft.ts'
import { attendKeys } from './model/keys.ts'
import { heard, type Overview, readsMail, renewed, type Said } from './model/overview.ts'
import { routeOf } from './model/route.ts'
import { state } from './model/state.ts'
import { eventsFrom, listen, socketTo } from './model/stream.ts'
import { resumeToken, takeToken } from './model/token.ts'
import { App } from './view/app.tsx'

const AGAIN_MS = 60_000
const forever = new AbortController().signal

function said(told: Said): void {
  const { overview, gone, to } = state.get()
  const now = told.type === 'ping' ? told.now : told.type === 'gone' ? null : heardNow(told)
  const time = parseInstant(now)
  state.set({
    overview: heard(overview, told),
    gone: told.type === 'gone' || (gone && told.type === 'ping'),
    ...(told.type === 'gone' && !gone ? { link: { live: true, since: Date.now() } } : {}),
    ...(time === null ? {} : { skew: time - Date.now() }),
    ...(overview === null && told.type === 'overview' ? { to: addressee(told.overview, to) } : {}),
  })
}

/** Whom the write box begins with: who reads messages, else everybody. */
const addressee = (overview: Overview | null, id: string) =>
  overview === null || readsMail(overview, id) ? id : 'broadcast'

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

if (!takeToken()) resumeToken()
const follow = () => {
  const route = routeOf(location.hash)
  const { overview, route: before, notice } = state.get()
  if (JSON.stringify(route) === JSON.stringify(before)) return
  const to = route.view === 'session' ? addressee(overview, route.id) : 'broadcast'
  state.set({ route, to, answers: null, notice: notice?.bad ? null : notice })
}
follow()
state.set({ draft: keptDraft() })
state.set({ link: { live: false, since: Date.now() } })
addEventListener('hashchange', () => {
  if (takeToken()) state.set({ route: routeOf(location.hash) })
  else follow()
})
startClock(forever)
attendKeys(forever)
const token = () => state.get().token
const retry = listen(
  {
    said,
    link: (live) => {
      const { link, overview } = state.get()
      if (link.live === live) return
      state.set({ link: { live, since: Date.now() } })
      if (live && overview) void checkToken()
    },
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
