/** An operation is data: a name, a summary, the fields it takes, and a function from context and input to a result. */
import type { Context } from '../context.ts'

/** One input field. `text` takes one value, `texts` several, `number` a whole number, `flag` none. */
export interface Field {
  kind: 'text' | 'texts' | 'number' | 'flag'
  help: string
  required?: true
}
export type Fields = Record<string, Field>

interface Values {
  text: string
  texts: string[]
  number: number
  flag: boolean
}
type RequiredNames<F extends Fields> = { [K in keyof F]: F[K]['required'] extends true ? K : never }[keyof F]

/** The input that fields describe: required ones present, the others optional. */
export type InputOf<F extends Fields> = { [K in RequiredNames<F>]: Values[F[K]['kind']] } & {
  [K in Exclude<keyof F, RequiredNames<F>>]?: Values[F[K]['kind']]
}

export interface Operation<F extends Fields = Fields, R extends object = object> {
  name: string
  summary: string
  /** Whether it may change the room; readers work in a read-only one. */
  writes: boolean
  input: F
  run(ctx: Context, input: InputOf<F>): R
}

/** Declare an operation; the input type follows from the fields. */
export function defineOperation<const F extends Fields, R extends object>(
  operation: Operation<F, R>,
): Operation<F, R> {
  return operation
}
