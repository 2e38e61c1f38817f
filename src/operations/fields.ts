/** The input of operations, as plain data: it feeds the readers of every face, and types follow from it. */

/** One input field. `text` takes one value, `texts` several, `number` a whole number, `count` one above 0, `flag` none. */
export interface Field {
  kind: 'text' | 'texts' | 'number' | 'count' | 'flag'
  help: string
  required?: true
}
export type Fields = Record<string, Field>

interface Values {
  text: string
  texts: string[]
  number: number
  count: number
  flag: boolean
}
export type RequiredNames<F extends Fields> = {
  [K in keyof F]: F[K]['required'] extends true ? K : never
}[keyof F]

/** The input that fields describe: required ones present, the others optional. */
export type InputOf<F extends Fields> = { [K in RequiredNames<F>]: Values[F[K]['kind']] } & {
  [K in Exclude<keyof F, RequiredNames<F>>]?: Values[F[K]['kind']]
}
