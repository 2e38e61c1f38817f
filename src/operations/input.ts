/** Input that a program hands in, held against the fields of an operation: the types may be missing, or not believed. */
import { type CoordError, invalid } from '../protocol/errors.ts'
import { nearest } from '../protocol/names.ts'
import type { Field, Fields } from './fields.ts'

/**
 * Input as the operation takes it: what is undefined is left out, one text stands for a list of one. Throws `invalid`, naming
 * the field, for one that is missing, unknown or of another kind.
 */
export function checkInput(operation: string, fields: Fields, given: unknown = {}): Record<string, unknown> {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw invalid('input', `the input of ${operation} is not an object`, 'Give its fields by name.')
  const input: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(fields, name)) throw unknownField(operation, name, Object.keys(fields))
    if (value !== undefined) input[name] = checkValue(operation, name, fields[name]!, value)
  }
  for (const [name, { required, help }] of Object.entries(fields))
    if (required && !(name in input))
      throw invalid(name, `${operation}: ${name} is missing`, `It is ${help}.`)
  return input
}

function checkValue(operation: string, name: string, { kind, help }: Field, value: unknown): unknown {
  const taken = kind === 'texts' && typeof value === 'string' ? [value] : value
  if (FITS[kind](taken)) return taken
  throw invalid(name, `${operation}: ${name} is not ${WANTED[kind]}`, `It is ${help}.`)
}

const isText = (value: unknown) => typeof value === 'string'

const FITS: Record<Field['kind'], (value: unknown) => boolean> = {
  text: isText,
  texts: (value) => Array.isArray(value) && value.length > 0 && value.every(isText),
  number: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  count: (value) => FITS.number(value) && value !== 0,
  flag: (value) => typeof value === 'boolean',
}

const WANTED: Record<Field['kind'], string> = {
  text: 'a text',
  texts: 'a text or a list of texts',
  number: 'a whole number',
  count: 'a whole number of 1 or more',
  flag: 'true or false',
}

function unknownField(operation: string, name: string, known: string[]): CoordError {
  const suggestions = nearest(
    name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    known,
  )
  const near = suggestions.length > 0 ? `Did you mean '${suggestions[0]}'?` : `It takes ${known.join(', ')}.`
  return invalid(name, `${operation} takes no "${name}"`, known.length === 0 ? 'It takes nothing.' : near)
}
