/** The description of the API (OpenAPI 3.1), made from the fields of the operations. */
import { requiredOf, schemaOf } from '../../operations/field-schemas.ts'
import type { Operation } from '../../operations/operation.ts'
import { ERRORS } from '../../protocol/errors.ts'
import { LISTS } from './guide.ts'
import { needsActor, offered } from './offered.ts'
import { REFUSALS } from './refusals.ts'

/** The whole description. */
export function openApi(version: string) {
  const operations = [...offered.values()].map((operation): [string, object] => [
    `/api/operations/${operation.name}`,
    {
      ...(operation.writes ? { post: written(operation) } : {}),
      ...(!operation.writes || operation.looks ? { get: read(operation) } : {}),
    },
  ])
  return {
    openapi: '3.1.0',
    info: { title: 'coord', version, summary: 'The room of a repository: sessions, claims, messages.' },
    paths: { ...LOOKS, ...guide(), ...Object.fromEntries(operations) },
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Answer: ANSWER, Error: FAILURE, Update: UPDATE },
    },
  }
}

const SESSION = { type: 'string', description: 'the session that acts, by id or name' }
const json = (schema: object) => ({ 'application/json': { schema } })
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const RESPONSES = {
  '200': { description: 'done', content: json(ref('Answer')) },
  default: { description: 'refused or failed', content: json(ref('Error')) },
}
const TOKEN = { security: [{ token: [] }] }

/** Of one that may change the room, without what makes it only look: a GET always does. */
function read({ name, summary, writes, input, look = {} }: Operation) {
  const left = Object.entries(input).filter(([field]) => !Object.hasOwn(look, field))
  const fields = { session: SESSION, ...schemasOf(Object.fromEntries(left)) }
  const required = requiredOf(input)
  const parameters = Object.entries(fields).map(([field, schema]) => ({
    ...{ name: field, in: 'query', required: required.includes(field), schema },
  }))
  const operationId = writes ? `${name}_look` : name
  return { operationId, summary, tags: ['operations'], parameters, responses: RESPONSES }
}

function written(operation: Operation) {
  const { name, summary, input } = operation
  const required = [...requiredOf(input), ...(needsActor(operation) && !('as' in input) ? ['session'] : [])]
  const properties = { session: SESSION, ...schemasOf(input) }
  const schema = { type: 'object', properties, required, additionalProperties: false }
  return {
    ...{ operationId: name, summary, tags: ['operations'], ...TOKEN },
    requestBody: { required: true, content: json(schema) },
    responses: RESPONSES,
  }
}

const schemasOf = (input: Operation['input']) =>
  Object.fromEntries(Object.entries(input).map(([field, told]) => [field, schemaOf(told)]))

const ANSWER = { type: 'object', properties: { ok: { const: true } }, required: ['ok'] }
const CODES = [...Object.keys(ERRORS), ...Object.values(REFUSALS).map(({ code }) => code)]
const FAILURE = {
  type: 'object',
  properties: {
    ok: { const: false },
    error: {
      type: 'object',
      properties: { code: { enum: CODES }, message: { type: 'string' }, hint: { type: 'string' } },
      required: ['code', 'message'],
    },
  },
  required: ['ok', 'error'],
}
const UPDATE = {
  type: 'object',
  properties: {
    session: { type: 'string' },
    status: { enum: ['idle', 'working', 'blocked', 'waiting', 'completed', 'error'] },
    message: { type: 'string' },
    progress: { type: 'number', minimum: 0, maximum: 1 },
    task_id: { type: 'string' },
    metadata: { type: 'object' },
  },
  required: ['session', 'status', 'message'],
}

const look = (summary: string, type = 'application/json') => ({
  get: {
    summary,
    tags: ['looks'],
    responses: { '200': { description: 'as of now', content: { [type]: {} } }, default: RESPONSES.default },
  },
})

const LOOKS = {
  '/api/overview': look('Everything that the live views show.'),
  '/api/events': look('The overview, then every change, as server-sent events.', 'text/event-stream'),
  '/api/stream': look('The same as a WebSocket.'),
  '/api/token': {
    post: { summary: 'Whether the token is the right one.', tags: ['looks'], ...TOKEN, responses: RESPONSES },
  },
  '/api/status/live': look('Every active session and a summary, as index.json has them.'),
  '/api/openapi.json': look('This description.'),
  '/metrics': look('Counts for Prometheus.', 'text/plain'),
  '/health': look('Whether the server answers.'),
}

function guide() {
  const base = '/api/session-status'
  const name = { name: 'name', in: 'path', required: true, schema: { type: 'string' } }
  const limit = { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, default: 50 } }
  const post = {
    post: {
      ...{ summary: 'Push a status line.', tags: ['status'], ...TOKEN },
      requestBody: { required: true, content: json(ref('Update')) },
      responses: RESPONSES,
    },
  }
  return {
    [`${base}/summary`]: look('Totals of the live sessions.'),
    ...Object.fromEntries(LISTS.map((list) => [`${base}/${list}`, look(`The sessions by name: ${list}.`)])),
    [`${base}/session/{name}`]: { ...look('One session.'), parameters: [name] },
    [`${base}/session/{name}/history`]: { ...look('What it told.'), parameters: [name, limit] },
    [`${base}/push`]: post,
    [base]: post,
  }
}
