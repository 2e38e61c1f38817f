/** The token that lets the page write: from the address once, then in this tab alone. */
import { checkToken } from './api.ts'
import { tokenIn } from './route.ts'
import { state } from './state.ts'

/** Keep a token, as it is or as the whole address that was printed; nothing for an empty one. */
export function keepToken(text: string): void {
  const token = tokenIn(text.slice(Math.max(0, text.indexOf('#')))) ?? text
  if (token === '') return
  sessionStorage.setItem('token', token)
  takeUp(token)
}

/** Write with it from now on; a wrong one is told at once. */
function takeUp(token: string | null): void {
  state.set({ token, refused: false })
  void checkToken()
}

/** Take the token out of the address; whether one was there. */
export function takeToken(): boolean {
  const given = tokenIn(location.hash)
  if (given === null) return false
  keepToken(given)
  history.replaceState(null, '', `${location.pathname}${location.search}#/`)
  return true
}

/** Go on with the token that this tab had already. */
export function resumeToken(): void {
  takeUp(sessionStorage.getItem('token'))
}
