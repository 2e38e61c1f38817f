/** What those read who came without the token: everything is shown, and writing takes one step more. */
import { keepToken } from '../model/token.ts'

/** How to get the token, and where to put it. */
export function TokenHelp() {
  return (
    <form
      class="write"
      onSubmit={(event) => {
        event.preventDefault()
        keepToken(String(new FormData(event.currentTarget).get('token') ?? '').trim())
      }}
    >
      <p class="muted">
        You can read everything. To write from here, open the address that <code>coord serve</code> printed,
        which ends in <code>#token=…</code>, or paste the token (it is in{' '}
        <code>COORDINATION/.state/serve.json</code>):
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
