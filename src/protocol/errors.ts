/**
 * The one table of failures. Every face reads it: the command line for its exit code, HTTP for its status.
 * Codes, exits and statuses are a public contract (docs/protocol.md, docs/commands.md "Exit codes").
 */
export const ERRORS = {
  held: { exit: 1, http: 409, meaning: 'another session holds the resource' },
  not_owner: { exit: 1, http: 403, meaning: 'the claim belongs to another session' },
  lost: { exit: 1, http: 409, meaning: 'the lease ran out or was taken over' },
  not_found: { exit: 1, http: 404, meaning: 'no such session, claim or message' },
  conflict: { exit: 1, http: 409, meaning: 'the act contradicts what is there' },
  invalid: { exit: 2, http: 400, meaning: 'bad usage or input; the argument is named' },
  ambiguous: { exit: 2, http: 409, meaning: 'several things fit; they are listed' },
  no_session: { exit: 3, http: 401, meaning: 'it is not known which session is acting' },
  not_initialized: { exit: 3, http: 409, meaning: 'there is no COORDINATION/ room here' },
  unwritable: { exit: 3, http: 503, meaning: 'the room cannot be written' },
  disk_full: { exit: 3, http: 507, meaning: 'no space is left on the disk' },
  newer_room: { exit: 3, http: 409, meaning: 'the room follows a newer protocol than this coord' },
  violated: { exit: 1, http: 500, meaning: 'a promise did not hold under coord torture' },
  damaged: { exit: 4, http: 500, meaning: 'a record that the command needs is unreadable' },
  busy: { exit: 75, http: 503, meaning: 'others were faster many times; try again' },
  bug: { exit: 70, http: 500, meaning: 'a fault of coord itself' },
} as const

export type ErrorCode = keyof typeof ERRORS

/** A refusal or failure that a user can act on. `details` are the extra fields of the JSON error. */
export class CoordError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly details: Record<string, unknown>

  /** Each bundle has a class of its own, and they must know each other's errors. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Object && (value as Error).name === 'CoordError'
  }

  constructor(code: ErrorCode, message: string, hint?: string, details: Record<string, unknown> = {}) {
    super(message)
    this.name = 'CoordError'
    this.code = code
    this.hint = hint
    this.details = details
  }
}

/** Bad usage or input: names the argument at fault. */
export function invalid(
  argument: string,
  message: string,
  hint?: string,
  more: Record<string, unknown> = {},
) {
  return new CoordError('invalid', message, hint, { argument, ...more })
}

/** The JSON form of an error, the same on every face. */
export function errorBody(error: CoordError) {
  const hint = error.hint === undefined ? {} : { hint: error.hint }
  return { ok: false, error: { code: error.code, message: error.message, ...hint, ...error.details } }
}
