/** Needs attention: what waits for somebody, worst first, each with the one thing that helps. */
import { useEffect, useRef } from 'preact/hooks'
import { visible } from '../../../protocol/escape.ts'
import type { Need } from '../../../protocol/needs.ts'
import { needMark } from '../../../protocol/words.ts'
import { LABELS } from '../model/act.ts'
import { acknowledgeNeed, actIn, answerNeed } from '../model/acting.ts'
import { aged, toldAt } from '../model/ages.ts'
import { useNow } from '../model/clock.ts'
import { requestToPerson } from '../model/overview.ts'
import { state, useShown } from '../model/state.ts'
import { AnswerBox, RequestBox } from './answer-box.tsx'
import { Ago, Say } from './text.tsx'

const SHOWN = 8

/** The first band; nothing where nothing needs anybody. */
export function Needs() {
  const needs = useShown(({ overview }) => overview?.needs)
  const cursor = useShown(({ cursor }) => cursor)
  if (!needs || needs.length === 0) return null
  return (
    <section class="band" aria-labelledby="needs-title">
      <h2 id="needs-title">
        Needs attention <span class="count">{needs.length}</span>
      </h2>
      <ul
        class={needs.length > SHOWN ? 'needs long' : 'needs'}
        tabIndex={needs.length > SHOWN ? 0 : undefined}
      >
        {needs.map((need, at) => (
          <Row
            key={`${need.kind} ${need.message_id ?? need.alert_id ?? need.act} ${need.session_ids}`}
            need={need}
            id={`need:${at}`}
            at={cursor === `need:${at}`}
          />
        ))}
      </ul>
    </section>
  )
}

function Row({ need, id, at }: { need: Need; id: string; at: boolean }) {
  const row = useRef<HTMLLIElement>(null)
  useEffect(() => {
    if (at) row.current?.scrollIntoView({ block: 'nearest' })
  }, [at])
  const { symbol, role } = needMark(need.kind)
  const overview = useShown(({ overview }) => overview)
  const token = useShown(({ token }) => token)
  const answering = useShown(
    ({ answering }) => need.message_id !== undefined && answering === need.message_id,
  )
  const act = actIn(overview, need)
  const request = overview && requestToPerson(overview, need.message_id)
  return (
    <li ref={row} class={at ? 'need at' : 'need'} onPointerDown={() => state.set({ cursor: id })}>
      <span class={`mark ${role}`} aria-hidden="true">
        {symbol}
      </span>
      <span class="what" title={visible(need.text)}>
        <Text need={need} />
        {need.since && (
          <span class="muted">
            {' · '}
            <Ago at={need.since} />
          </span>
        )}
      </span>
      <span class={need.alert_id ? 'acts two' : 'acts'}>
        {need.alert_id && token && (
          <button type="button" class="small" onClick={() => acknowledgeNeed(need)}>
            Acknowledge
          </button>
        )}
        {act && (
          <button
            type="button"
            class="small"
            title={need.act ? visible(need.act) : undefined}
            aria-expanded={act.kind === 'answer' || act.kind === 'decide' ? answering : undefined}
            onClick={() => answerNeed(need)}
          >
            {LABELS[act.kind]}
          </button>
        )}
      </span>
      {answering && (request ? <RequestBox request={request} /> : <AnswerBox need={need} />)}
    </li>
  )
}

/** The text, whose age goes on. */
function Text({ need }: { need: Need }) {
  const told = useShown(({ overview }) => overview && toldAt(overview))
  const now = useNow()
  return <Say text={aged(need.text, now - (told ?? now))} />
}
