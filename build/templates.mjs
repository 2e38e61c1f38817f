// Handlebars templates as plain JavaScript modules. The template is parsed by Handlebars at build time and written out as string
// concatenation, so that a start need not load even the small runtime (24 KB, 1 ms). Shared by the bundle and the tests; a test
// compares the result with Handlebars itself. Known to it: {{name}}, {{helper name}}, {{#if name}} … {{else}} … {{/if}}.
import { readFileSync } from 'node:fs'
import Handlebars from 'handlebars'

/** The esbuild plugin that takes a template in as its module. */
export const templates = {
  name: 'templates',
  setup(builder) {
    builder.onLoad({ filter: /\.hbs$/ }, ({ path: file }) => ({
      contents: templateModule(readFileSync(file, 'utf8')),
      loader: 'js',
    }))
  },
}

/** The module text for a template: exports a function from view and helpers to text. No HTML escaping: views are safe Markdown. */
export function templateModule(source) {
  const lines = ["const text = (value) => (value === null || value === undefined ? '' : String(value))"]
  lines.push('const holds = (value) => (Array.isArray(value) ? value.length > 0 : Boolean(value))')
  lines.push(
    "export default (view, { helpers }) => {\n  let out = ''",
    ...body(Handlebars.parse(source), '  '),
    '  return out\n}',
  )
  return `${lines.join('\n')}\n`
}

function body(program, indent) {
  return (program?.body ?? []).flatMap((node) => statement(node, indent))
}

function statement(node, indent) {
  switch (node.type) {
    case 'ContentStatement':
      return node.value === '' ? [] : [`${indent}out += ${JSON.stringify(node.value)}`]
    case 'MustacheStatement':
      return [`${indent}out += ${value(node)}`]
    case 'BlockStatement':
      return block(node, indent)
    case 'CommentStatement':
      return []
    default:
      throw new Error(`templates: ${node.type} is not supported`)
  }
}

function value({ path, params }) {
  if (params.length === 0) return `text(${field(path)})`
  if (params.length === 1) return `helpers.${name(path)}(${field(params[0])})`
  throw new Error(`templates: {{${path.original}}} has too many parameters`)
}

function block(node, indent) {
  if (node.path.original !== 'if' || node.params.length !== 1)
    throw new Error(`templates: {{#${node.path.original}}} is not supported`)
  const lines = [`${indent}if (holds(${field(node.params[0])})) {`, ...body(node.program, `${indent}  `)]
  if (node.inverse) lines.push(`${indent}} else {`, ...body(node.inverse, `${indent}  `))
  return [...lines, `${indent}}`]
}

const field = (path) => `view.${name(path)}`

function name(path) {
  if (/^[a-zA-Z]\w*$/.test(path.original)) return path.original
  throw new Error(`templates: {{${path.original}}} is not a plain name`)
}
