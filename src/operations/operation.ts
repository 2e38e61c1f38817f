/** An operation is data: a name, a summary, the fields it takes, and a function from context and input to a result. */
import type { Context } from '../context.ts'
import type { Fields, InputOf } from './fields.ts'

export type { Field, Fields, InputOf } from './fields.ts'

export interface Operation<F extends Fields = Fields, R extends object = object> {
  name: string
  summary: string
  /** Whether it may change the room; readers work in a read-only one. */
  writes: boolean
  input: F
  /** Of one that may change the room: whether it only looks with this input. */
  looks?(input: Record<string, unknown>): boolean
  /** What makes it only look, where a face may do no more. */
  look?: Partial<InputOf<F>>
  run(ctx: Context, input: InputOf<F>): R
}

/** Declare an operation; the input type follows from the fields. */
export function defineOperation<const F extends Fields, R extends object>(
  operation: Operation<F, R>,
): Operation<F, R> {
  return operation
}
