/** Values by small numbers, so that states that hold them stay short. */
export function createTable<Value>() {
  const numbers = new Map<string, number>()
  const values: Value[] = []
  const numberOf = (value: Value): number => {
    const text = JSON.stringify(value)
    const known = numbers.get(text)
    if (known !== undefined) return known
    numbers.set(text, values.length)
    return values.push(value) - 1
  }
  return { numberOf, valueOf: (number: number) => values[number]! }
}
