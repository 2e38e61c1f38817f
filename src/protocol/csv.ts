/** Comma-separated values (RFC 4180). */

/** One row, without its end. Lists and objects are JSON; null is empty. */
export function csvRow(values: unknown[]): string {
  return values.map(cell).join(',')
}

function cell(value: unknown): string {
  const text =
    value === null || value === undefined
      ? ''
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
