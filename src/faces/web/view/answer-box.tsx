/** The answer to a question of a session, given in the row that asks it. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { textOf } from '../../../protocol/messages.ts'
import type { Need } from '../../../protocol/needs.ts'
import { answerQuestion } from '../model/acting.ts'
import { useShown } from '../model/state.ts'
import { Say } from './text.tsx'

/** The whole question, a field, and a way to say no more than that it was seen. */
export function AnswerBox({ need: { message_id: id = '', session_ids } }: { need: Need }) {
  const message = useShown(({ overview }) => overview?.messages.find((each) => each.id === id))
  const [text, setText] = useState('')
  const [busy, setBusy] = useState(false)
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => field.current?.focus(), [])
  const send = async (told: string) => {
    if (busy) return
    setBusy(true)
    await answerQuestion(id, session_ids[0] ?? '', told)
    setBusy(false)
  }
  const more = message && textOf(message)
  return (
    <form
      class="answer"
      onSubmit={(event) => {
        event.preventDefault()
        if (text.trim() !== '') void send(text)
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
        event.preventDefault()
        if (text.trim() !== '') void send(text)
      }}
    >
      {more && (
        <p class="text">
          <Say text={more} lines />
        </p>
      )}
      <textarea
        ref={field}
        rows={1}
        value={text}
        onInput={({ currentTarget: { value } }) => setText(value)}
        placeholder="Your answer"
        aria-label="your answer"
      />
      <span class="acts">
        <button type="button" class="small" disabled={busy} onClick={() => void send('')}>
          Only acknowledge
        </button>
        <button type="submit" class="small main" disabled={busy || text.trim() === ''} title="Enter">
          Send
        </button>
      </span>
    </form>
  )
}
