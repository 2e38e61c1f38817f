/** What HTTP alone refuses, before any operation: its codes stand beside those of protocol/errors.ts. */

/** A refusal as the answer tells it. */
export interface Refusal {
  status: number
  code: string
  message: string
  hint: string
}

export const BODY_BYTES = 1 << 20

const TOKEN_HINT =
  'Send Authorization: Bearer TOKEN; coord serve prints the token, and it is in COORDINATION/.state/serve.json.'

export const REFUSALS = {
  foreign_host: {
    status: 403,
    code: 'foreign_host',
    message: 'this server is not called by that name',
    hint: 'Use http://127.0.0.1:PORT or http://localhost:PORT; from elsewhere a tunnel: ssh -L PORT:127.0.0.1:PORT HOST.',
  },
  foreign_origin: {
    status: 403,
    code: 'foreign_origin',
    message: 'the request comes from a page of another site',
    hint: 'Open the address in a tab of its own.',
  },
  no_token: { status: 401, code: 'no_token', message: 'the token is missing or wrong', hint: TOKEN_HINT },
  not_json: {
    status: 415,
    code: 'not_json',
    message: 'the body is not said to be JSON',
    hint: 'Send Content-Type: application/json.',
  },
  too_big: {
    status: 413,
    code: 'too_big',
    message: `the body is longer than ${BODY_BYTES} bytes`,
    hint: 'Send less.',
  },
  method: { status: 405, code: 'method', message: '', hint: '' },
  too_many: {
    status: 503,
    code: 'too_many',
    message: 'too many streams are open',
    hint: 'Close some, or try again later.',
  },
} as const satisfies Record<string, Refusal>
