/** A command is the translation of an operation to the command line: which fields are positional, examples, and the text. */
import type { Field, Fields, InputOf, Operation } from '../../operations/operation.ts'
import type { Page } from './page.ts'

export interface Command {
  name: string
  summary: string
  /** Positional fields in order; the last may be of kind `texts`. */
  positionals: string[]
  /** Every field, the operation's and the command's own. */
  fields: Fields
  /** One-letter forms of flags, by the flag's name. */
  shorts: Record<string, string>
  examples: [line: string, what: string][]
  /** Whether words after `--` are a command to run. */
  runsCommand: boolean
  operation: Operation
  /** Input as typed into input for the operation, e.g. a message read from standard input. */
  prepare(input: Record<string, unknown>, io: Io): Record<string, unknown>
  print(result: never, page: Page, input: Record<string, unknown>): void
}

/** What a command may read besides its arguments. */
export interface Io {
  readStdin(): string
  readFile(path: string): string
}

interface Definition<F extends Fields, R extends object, E extends Fields> {
  positionals?: string[]
  examples: [line: string, what: string][]
  /** Flags of the command line alone. */
  flags?: E
  shorts?: Record<string, string>
  runsCommand?: boolean
  prepare?(input: InputOf<F> & InputOf<E>, io: Io): InputOf<F> & InputOf<E>
  print(result: R, page: Page, input: InputOf<F> & InputOf<E>): void
}

/** Declare the command of an operation. */
export function defineCommand<
  F extends Fields,
  R extends object,
  const E extends Fields = Record<never, Field>,
>(operation: Operation<F, R>, definition: Definition<F, R, E>): Command {
  return {
    name: operation.name,
    summary: operation.summary,
    positionals: definition.positionals ?? [],
    fields: { ...operation.input, ...definition.flags },
    shorts: definition.shorts ?? {},
    examples: definition.examples,
    runsCommand: definition.runsCommand ?? false,
    operation: operation as unknown as Operation,
    prepare: (definition.prepare ?? ((input) => input)) as Command['prepare'],
    print: definition.print as Command['print'],
  }
}

/** Flags that every command takes. */
export const GLOBALS = {
  json: { kind: 'flag', help: 'answer with one JSON object' },
  session: { kind: 'text', help: 'act as this session' },
  dir: { kind: 'text', help: 'the COORDINATION directory' },
  quiet: { kind: 'flag', help: 'say only what is necessary' },
  'no-color': { kind: 'flag', help: 'no colours' },
  help: { kind: 'flag', help: 'show help' },
  version: { kind: 'flag', help: 'show the version' },
} as const satisfies Fields

export type Globals = InputOf<typeof GLOBALS>
