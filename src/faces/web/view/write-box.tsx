/** The box to write to one session or to all, as the person of the room. */
import { useState } from 'preact/hooks'
import { sendDraft } from '../model/acting.ts'
import { BLANK, type Draft, isBlank, keepDraft } from '../model/draft.ts'
import { calledIn, readsMail } from '../model/overview.ts'
import { state, useShown } from '../model/state.ts'
import { Say } from './text.tsx'
import { TokenHelp } from './token.tsx'

/** Subject and text, and whether an answer is wanted; of an answer the text alone. */
export function WriteBox() {
  const token = useShown(({ token }) => token)
  const answers = useShown(({ answers }) => answers)
  const draft = useShown(({ draft }) => draft)
  const [busy, setBusy] = useState(false)
  if (token === null && isBlank(draft)) return <TokenHelp />
  const isReady = answers ? draft.message.trim() !== '' : draft.subject.trim() !== ''
  const send = async () => {
    if (!isReady || busy || token === null) return
    setBusy(true)
    if (await sendDraft(draft)) setDraft(BLANK)
    setBusy(false)
  }
  return (
    <>
      {token === null && <TokenHelp />}
      <form
        class="write"
        onSubmit={(event) => {
          event.preventDefault()
          void send()
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void send()
        }}
      >
        <To />
        {!answers && (
          <input
            id="write-subject"
            value={draft.subject}
            onInput={({ currentTarget: { value: subject } }) => setDraft({ ...draft, subject })}
            placeholder="What it is about"
            aria-label="subject"
            autocomplete="off"
          />
        )}
        <textarea
          id="write-text"
          rows={2}
          value={draft.message}
          onInput={({ currentTarget: { value: message } }) => setDraft({ ...draft, message })}
          placeholder={answers ? 'Your answer' : 'More, if there is more'}
          aria-label={answers ? 'answer' : 'text'}
        />
        <div class="line">
          {!answers && (
            <label>
              <input
                type="checkbox"
                checked={draft.ack}
                onChange={({ currentTarget: { checked: ack } }) => setDraft({ ...draft, ack })}
              />{' '}
              wants an answer
            </label>
          )}
          <button type="submit" class="main" disabled={!isReady || busy || token === null} title="Ctrl+Enter">
            {answers ? 'Answer' : 'Send'}
          </button>
        </div>
      </form>
    </>
  )
}

function setDraft(draft: Draft): void {
  keepDraft(draft)
  state.set({ draft })
}

/** Who it goes to: everybody, a session, or whom the answer is for. */
function To() {
  const overview = useShown(({ overview }) => overview)
  const answers = useShown(({ answers }) => answers)
  const to = useShown(({ to }) => to)
  if (!overview) return null
  if (answers)
    return (
      <p class="line">
        <span class="way">
          To <strong>{<Say text={calledIn(overview, answers.from)} />}</strong>:{' '}
          <Say text={answers.subject ?? ''} />
        </span>
        <button
          type="button"
          class="plain"
          onClick={() => state.set({ answers: null })}
          aria-label="write something new"
        >
          ✕
        </button>
      </p>
    )
  const known = readsMail(overview, to)
  return (
    <label class="line">
      <span class="muted">To</span>
      <select
        value={to}
        onChange={({ currentTarget }) => state.set({ to: currentTarget.value })}
        aria-label="to"
      >
        <option value="broadcast">everybody</option>
        {!known && to !== 'broadcast' && <option value={to}>{to}</option>}
        {overview.sessions
          .filter(({ registered }) => registered)
          .map(({ session_id, label }) => (
            <option key={session_id} value={session_id}>
              {label}
            </option>
          ))}
      </select>
    </label>
  )
}
