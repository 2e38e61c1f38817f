/** The token that lets the page write: from the address once, then in this tab alone. */
import { tokenIn } from './route.ts'
import { state } from './state.ts'

/** Keep a token, as it is or as the whole address that was printed; nothing for an empty one. */
export function keepToken(text: string): void {
  const token = tokenIn(text.slice(Math.max(0, text.indexOf('#')))) ?? text
  if (token === '') return
  sessionStorage.setItem('token', token)
  state.set({ token })
}

/** Take the token out of the address, or the one that this tab had already. */
export function takeToken(): void {
  const given = tokenIn(location.hash)
  if (given !== null) {
    keepToken(given)
    history.replaceState(null, '', `${location.pathname}${location.search}#/`)
  } else state.set({ token: sessionStorage.getItem('token') })
}
