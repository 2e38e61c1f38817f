/** The routes, by group, behind the rules of access. */
import type { ServerResponse } from 'node:http'
import { Hono, type Context as HonoContext } from 'hono'
import { indexNow } from '../../operations/index-now.ts'
import type { Served } from '../../operations/mcp.ts'
import { overviewOf } from '../../operations/overview.ts'
import { CoordError } from '../../protocol/errors.ts'
import { nearest } from '../../protocol/names.ts'
import type { TailMemory } from '../../store/tails.ts'
import { bearerOf, type Rules, refusalOf } from './access.ts'
import { failed, HEADERS, json, lingering, refused, text } from './answers.ts'
import { mayBeSending, readBody } from './body.ts'
import { call, contextFor, fieldsOfQuery } from './calls.ts'
import { historyOf, LISTS, listed, pushed, readUpdate, sessionNamed, summary } from './guide.ts'
import type { Hub } from './hub.ts'
import { metricsOf } from './metrics.ts'
import { offered } from './offered.ts'
import { openApi } from './openapi.ts'
import { PAGES, page } from './pages.ts'
import { REFUSALS } from './refusals.ts'
import { EVENTS, eventStream } from './streams.ts'

/** What an app is made of. */
export interface Parts {
  served: Served
  rules: Rules
  hub: Hub
  /** The directory of the page's files. */
  web: string
  version: string
}

/** The app: every answer with the headers of safety, every failure by the table of codes. */
export function createApp(parts: Parts): Hono {
  const { served, rules } = parts
  const app = new Hono()
  app.use(async (c, next) => {
    const refusal = refusalOf(askedOf(c), rules, [...PAGES, '/health'].includes(c.req.path))
    if (refusal) c.res = refused(refusal)
    else await next()
    if (c.res.status >= 400 && mayBeSending(c.req.raw)) c.res = await lingering(c.res)
    for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value)
  })
  app.onError((error) => failed(error, served.say))
  app.notFound((c) => failed(noRoute(c.req.path), served.say))
  const memory: TailMemory = new Map()
  pageRoutes(app, parts)
  lookRoutes(app, parts, memory)
  guideRoutes(app, parts, memory)
  operationRoutes(app, parts)
  return app
}

const noRoute = (path: string) =>
  new CoordError('not_found', `there is nothing at ${path}`, 'GET /api/openapi.json tells what there is.')

const askedOf = ({ req }: HonoContext) => ({
  method: req.method,
  host: req.header('host') ?? new URL(req.url).host,
  origin: req.header('origin') ?? null,
  site: req.header('sec-fetch-site') ?? null,
  token: bearerOf(req.header('authorization')),
  type: req.header('content-type') ?? null,
})

function pageRoutes(app: Hono, { web, version }: Parts): void {
  for (const path of PAGES)
    app.get(
      path,
      () => page(web, path) ?? text('The page is not in this package; the API is at /api.\n', 'text/plain'),
    )
  app.get('/health', () => json({ ok: true, version }))
}

function lookRoutes(app: Hono, { served, hub, version }: Parts, memory: TailMemory): void {
  app.get('/api/overview', () => json({ ok: true, ...overviewOf(contextFor(served), memory) }))
  app.get('/api/events', (c) =>
    c.req.method === 'HEAD' ? text('', EVENTS) : (eventStream(hub, severOf(c)) ?? refused(REFUSALS.too_many)),
  )
  app.post('/api/token', () => json({ ok: true }))
  app.get('/api/status/live', () => text(indexNow(contextFor(served)), 'application/json; charset=utf-8'))
  app.get('/api/openapi.json', () => json(openApi(version)))
  app.get('/metrics', () =>
    text(
      metricsOf(overviewOf(contextFor(served), memory), hub.counts()),
      'text/plain; version=0.0.4; charset=utf-8',
    ),
  )
}

/** What ends the connection of a request, where node:http has brought it. */
function severOf({ env }: HonoContext): (() => void) | undefined {
  const { outgoing } = (env ?? {}) as { outgoing?: ServerResponse }
  return outgoing && (() => void outgoing.destroy())
}

const GUIDE = '/api/session-status'

function guideRoutes(app: Hono, { served }: Parts, memory: TailMemory): void {
  app.get(`${GUIDE}/summary`, () => json(summary(contextFor(served), memory)))
  for (const list of LISTS) app.get(`${GUIDE}/${list}`, () => json(listed(contextFor(served), memory, list)))
  app.get(`${GUIDE}/session/:name`, (c) =>
    json(sessionNamed(contextFor(served), memory, c.req.param('name'))),
  )
  app.get(`${GUIDE}/session/:name/history`, (c) =>
    json(historyOf(contextFor(served), memory, c.req.param('name'), c.req.query('limit'))),
  )
  app.post(GUIDE, (c) => push(served, c.req.raw))
  app.post(`${GUIDE}/push`, (c) => push(served, c.req.raw))
}

async function push(served: Served, request: Request): Promise<Response> {
  const body = await readBody(request)
  if (body === null) return refused(REFUSALS.too_big)
  const { session, said } = readUpdate(body)
  return json({ ok: true, ...pushed(contextFor(served, session), said) })
}

function operationRoutes(app: Hono, { served }: Parts): void {
  app.all('/api/operations/:name', async (c) => {
    const operation = offered.get(c.req.param('name'))
    if (!operation) throw noOperation(c.req.param('name'))
    const method = operation.writes ? 'POST' : 'GET'
    const isGet = c.req.method === 'GET'
    const asked = isGet ? fieldsOfQuery(c.req.queries(), operation.input) : {}
    const fields = { ...asked, ...(isGet ? operation.look : {}) }
    const looks = isGet && operation.looks?.(fields)
    if (c.req.method !== method && !looks) return refused(wrongMethod(operation.name, method))
    if (isGet) return json(call(served, operation, fields))
    const body = await readBody(c.req.raw)
    return body === null ? refused(REFUSALS.too_big) : json(call(served, operation, body))
  })
}

function noOperation(name: string): CoordError {
  const suggestions = nearest(name, [...offered.keys()])
  const near =
    suggestions.length > 0
      ? `Did you mean ${suggestions.join(' or ')}?`
      : `There are ${[...offered.keys()].join(', ')}.`
  return new CoordError('not_found', `there is no operation "${name}" here`, near, { suggestions })
}

const wrongMethod = (name: string, method: string) => ({
  ...REFUSALS.method,
  message: `${name} is not asked that way`,
  hint:
    method === 'GET'
      ? `It only looks: GET /api/operations/${name}?field=…`
      : `It changes something: POST /api/operations/${name}`,
})
