/** The JSON body of a request, of at most 1 MiB. */
import { isTooDeep } from '../../protocol/depth.ts'
import { invalid } from '../../protocol/errors.ts'
import { BODY_BYTES } from './refusals.ts'

const SHORT_BYTES = 64 * 1024

/** Whether a body may still be on its way when the answer is there. */
export function mayBeSending({ headers }: Request): boolean {
  return headers.has('transfer-encoding') || Number(headers.get('content-length') ?? 0) > SHORT_BYTES
}

/** The object that a body is, or null where it is too long; then no more of it is read. Throws `invalid` for what is no JSON object. */
export async function readBody(request: Request): Promise<Record<string, unknown> | null> {
  if (Number(request.headers.get('content-length') ?? 0) > BODY_BYTES) return null
  const text = await readText(request).catch(() => {
    throw invalid('body', 'the body was cut off', 'Send it whole.')
  })
  return text === null ? null : parse(text)
}

async function readText(request: Request): Promise<string | null> {
  const reader = request.body?.getReader()
  if (!reader) return ''
  const parts: Uint8Array[] = []
  let size = 0
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.byteLength
    if (size > BODY_BYTES) {
      void reader.cancel().catch(() => {})
      return null
    }
    parts.push(part.value)
  }
  return Buffer.concat(parts).toString('utf8')
}

function parse(text: string): Record<string, unknown> {
  const example = 'Send a JSON object, e.g. {"session":"manager1","status":"working","message":"on it"}.'
  if (isTooDeep(text)) throw invalid('body', 'the body nests too deep', 'No record nests deeper than 200.')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw invalid('body', text === '' ? 'the body is empty' : 'the body is not JSON', example)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw invalid('body', 'the body is not a JSON object', example)
}
