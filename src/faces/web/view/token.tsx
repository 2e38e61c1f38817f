/** What those read who came without the token: everything is shown, and writing takes one step more. */
import { useShown } from '../model/state.ts'
import { keepToken } from '../model/token.ts'

/** How to get the token, and where to put it; `reads`: the room is shown without it. */
export function TokenHelp({ reads = true }: { reads?: boolean }) {
  const refused = useShown(({ refused }) => refused)
  return (
    <form
      class="write"
      onSubmit={(event) => {
        event.preventDefault()
        keepToken(String(new FormData(event.currentTarget).get('token') ?? '').trim())
      }}
    >
      {refused && (
        <p class="bad" role="alert">
          The server does not take this page’s token: it has a new one, or it never was its own.
        </p>
      )}
      <p class="muted">
        {reads ? 'You can read everything. To write from here, ' : 'It may want the token for reading too: '}
        open the address that <code>coord serve</code> printed, which ends in <code>#token=…</code>, or paste
        it here. Run in another terminal of the repository, <code>coord serve</code> says it again:
      </p>
      <div class="line">
        <input name="token" aria-label="token" autocomplete="off" spellcheck={false} />
        <button type="submit" class="small">
          Use
        </button>
      </div>
    </form>
  )
}
