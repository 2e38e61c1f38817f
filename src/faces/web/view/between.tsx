/** What goes on between sessions, folded: requests, the roll call, channels, who may hang. Nothing where there is nothing. */
import { visible } from '../../../protocol/escape.ts'
import { nameOf } from '../../../protocol/names.ts'
import type { Answer } from '../../../protocol/rollcall.ts'
import { needMark } from '../../../protocol/words.ts'
import { LABELS } from '../model/act.ts'
import { copy } from '../model/acting.ts'
import { calledIn, type RequestSeen, type Stranded } from '../model/overview.ts'
import { state, useShown } from '../model/state.ts'
import { Fold, Who } from './fold.tsx'
import { Ago, Say } from './text.tsx'

/** The third band; nothing where nothing goes on. */
export function Between() {
  const any = useShown(
    ({ overview }) =>
      overview !== null &&
      (overview.requests.length > 0 ||
        overview.rollcall !== null ||
        overview.channels.length > 0 ||
        overview.stranded.length > 0),
  )
  if (!any) return null
  return (
    <section class="band" aria-labelledby="between-title">
      <h2 id="between-title">Between sessions</h2>
      <div class="folds">
        <StrandedOnes />
        <Requests />
        <RollCalled />
        <Channels />
      </div>
    </section>
  )
}

function StrandedOnes() {
  const stranded = useShown(({ overview }) => overview?.stranded)
  const overview = useShown(({ overview }) => overview)
  if (!stranded?.length || !overview) return null
  const names = stranded.map(({ session_id }) => calledIn(overview, session_id)).join(', ')
  return (
    <Fold title="Hung or orphaned" count={stranded.length} gist={<Say text={names} />}>
      {stranded.map((each) => (
        <Left key={each.session_id} {...each} />
      ))}
    </Fold>
  )
}

function Left({ session_id, state, text, act }: Stranded) {
  return (
    <li>
      <span class="mark bad" aria-hidden="true">
        {needMark('quiet').symbol}
      </span>
      <span class="what">
        <Who id={session_id} /> {state === 'hung' ? 'may hang' : state}
        <span class="more muted">
          <Say text={text} />
        </span>
        <code class="more">
          <Say text={act} />
        </code>
      </span>
      <button type="button" class="small" title={visible(act)} onClick={() => copy(act)}>
        Copy command
      </button>
    </li>
  )
}

function Requests() {
  const requests = useShown(({ overview }) => overview?.requests)
  if (!requests?.length) return null
  const open = requests.filter(({ outcome }) => outcome === 'open').length
  return (
    <Fold title="Requests" count={requests.length} gist={open > 0 ? `${open} open` : 'all answered'}>
      {requests.toReversed().map((each) => (
        <Asked key={each.id} {...each} />
      ))}
    </Fold>
  )
}

const OUTCOMES: Record<RequestSeen['outcome'], string> = {
  open: 'ask',
  granted: 'good',
  refused: 'warn',
  withdrawn: 'muted',
  over: 'muted',
}

function Asked({ id, from, to, reason, outcome, answer, timestamp, to_person, ...about }: RequestSeen) {
  const token = useShown(({ token }) => token)
  return (
    <li>
      <span class="mark ask" aria-hidden="true">
        {needMark('requested').symbol}
      </span>
      <span class="what">
        <Who id={from} /> asks <Who id={to} /> for <Say text={nameOf(about)} />
        {reason && (
          <>
            : “<Say text={reason} />”
          </>
        )}
        <span class="more">
          <span class={OUTCOMES[outcome]}>{outcome}</span>
          {answer && (
            <>
              : <Say text={answer} />
            </>
          )}
          <span class="muted">
            {' · '}
            <Ago at={timestamp} />
          </span>
        </span>
      </span>
      {to_person && outcome === 'open' && token !== null && (
        <button type="button" class="small" onClick={() => state.set({ answering: id })}>
          {LABELS.decide}
        </button>
      )}
    </li>
  )
}

const ANSWERS: Record<Answer, [symbol: string, role: string, word: string]> = {
  answered: ['✓', 'good', 'answered'],
  open: ['·', 'muted', 'not yet'],
  missing: ['!', 'warn', 'no answer'],
  gone: ['✕', 'bad', 'gone'],
}

function RollCalled() {
  const call = useShown(({ overview }) => overview?.rollcall)
  if (!call) return null
  const { counts, answers, subject, from } = call
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0)
  return (
    <Fold
      title="Roll call"
      gist={
        <>
          {counts.answered} of {all} answered · <Say text={subject} />
        </>
      }
    >
      <li class="muted">
        <span />
        <span class="what">
          <Who id={from} /> called <Ago at={call.timestamp} />
        </span>
      </li>
      {answers.map(({ session_id, answer, at, message }) => {
        const [symbol, role, word] = ANSWERS[answer]
        return (
          <li key={session_id}>
            <span class={`mark ${role}`} aria-hidden="true">
              {symbol}
            </span>
            <span class="what">
              <Who id={session_id} />{' '}
              <span class="muted">
                {word} {at && <Ago at={at} />}
              </span>
              {message && (
                <span class="more">
                  <Say text={message} />
                </span>
              )}
            </span>
          </li>
        )
      })}
    </Fold>
  )
}

function Channels() {
  const channels = useShown(({ overview }) => overview?.channels)
  const [first] = channels ?? []
  if (!channels || !first) return null
  const last = first.messages.at(-1)
  return (
    <Fold
      title="Channels"
      count={channels.length}
      gist={
        <>
          <Say text={first.channel} />: <Say text={last?.message} />
        </>
      }
    >
      {channels.flatMap(({ channel, messages }) =>
        messages.toReversed().map((message, at) => (
          <li key={message.id}>
            <span />
            <span class="what">
              {at === 0 && <strong class="more">{channel}</strong>}
              <Who id={message.from} />: <Say text={message.message} />{' '}
              <span class="muted">
                · <Ago at={message.timestamp} />
              </span>
            </span>
          </li>
        )),
      )}
    </Fold>
  )
}
