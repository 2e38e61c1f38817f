/** The answer to what a session asks of the person, given in the row that asks it. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { textOf } from '../../../protocol/messages.ts'
import type { Need } from '../../../protocol/needs.ts'
import { answerQuestion, answerRequest } from '../model/acting.ts'
import type { RequestSeen } from '../model/overview.ts'
import { useShown } from '../model/state.ts'
import { Say } from './text.tsx'

/** The whole question, a field, and a way to say no more than that it was seen. */
export function AnswerBox({ need: { message_id: id = '', session_ids } }: { need: Need }) {
  const message = useShown(({ overview }) => overview?.messages.find((each) => each.id === id))
  const send = (text: string) => answerQuestion(id, session_ids[0] ?? '', text)
  return (
    <Box
      more={message ? textOf(message) : ''}
      field={['Your answer', 'your answer']}
      bare={['Only acknowledge', () => send('')]}
      said={['Send', send]}
    />
  )
}

/** What is asked for is given at once, or refused with a reason. */
export function RequestBox({ request }: { request: RequestSeen }) {
  return (
    <Box
      field={['Why not, if you refuse', 'reason']}
      bare={['Grant', () => answerRequest(request, null)]}
      said={['Refuse', (reason) => answerRequest(request, reason)]}
    />
  )
}

interface Answers {
  /** The whole text of what is asked. */
  more?: string
  field: [placeholder: string, label: string]
  /** What is done without a text, and with one, each by its button. */
  bare: [label: string, act: () => Promise<unknown>]
  said: [label: string, act: (text: string) => Promise<unknown>]
}

function Box({ more, field: [placeholder, label], bare, said }: Answers) {
  const [text, setText] = useState('')
  const [busy, setBusy] = useState(false)
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => field.current?.focus(), [])
  const once = async (does: () => Promise<unknown>) => {
    if (busy) return
    setBusy(true)
    await does()
    setBusy(false)
  }
  const say = (event: Event) => {
    event.preventDefault()
    if (text.trim() !== '') void once(() => said[1](text))
  }
  return (
    <form
      class="answer"
      onSubmit={say}
      onKeyDown={(event) => {
        const isField = event.target === field.current
        if (isField && event.key === 'Enter' && !event.shiftKey && !event.isComposing) say(event)
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
        placeholder={placeholder}
        aria-label={label}
      />
      <span class="acts">
        <button type="button" class="small" disabled={busy} onClick={() => void once(bare[1])}>
          {bare[0]}
        </button>
        <button type="submit" class="small main" disabled={busy || text.trim() === ''} title="Enter">
          {said[0]}
        </button>
      </span>
    </form>
  )
}
