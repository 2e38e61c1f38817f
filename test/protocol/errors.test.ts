import { expect, test } from 'vitest'
import { CoordError, ERRORS, errorBody, invalid } from '../../src/protocol/errors.ts'

test.each([
  ['held', 1, 409],
  ['not_owner', 1, 403],
  ['lost', 1, 409],
  ['not_found', 1, 404],
  ['conflict', 1, 409],
  ['invalid', 2, 400],
  ['ambiguous', 2, 409],
  ['no_session', 3, 401],
  ['not_initialized', 3, 409],
  ['unwritable', 3, 503],
  ['disk_full', 3, 507],
  ['newer_room', 3, 409],
  ['violated', 1, 500],
  ['damaged', 4, 500],
  ['busy', 75, 503],
  ['bug', 70, 500],
] as const)('%s exits with %d and answers with %d', (code, exit, http) => {
  expect(ERRORS[code]).toMatchObject({ exit, http, meaning: expect.stringMatching(/\w/) })
})

test('there is no other failure', () => {
  expect(Object.keys(ERRORS)).toHaveLength(16)
})

test('the JSON form carries the code, the text, the hint and the details', () => {
  const error = invalid('name', 'name "" is empty', 'Say it.', { nearest: ['a'] })
  expect(error).toBeInstanceOf(CoordError)
  expect(errorBody(error)).toEqual({
    ok: false,
    error: {
      code: 'invalid',
      message: 'name "" is empty',
      hint: 'Say it.',
      argument: 'name',
      nearest: ['a'],
    },
  })
  expect(errorBody(new CoordError('busy', 'again'))).toEqual({
    ok: false,
    error: { code: 'busy', message: 'again' },
  })
})
