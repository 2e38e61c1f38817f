/**
 * Editing JSON as text, so that everything else stays byte for byte: comments, order, indentation, line ends. What is put in can be
 * taken out again without a memory of it, as each insertion has one form: a new last child, right behind what belongs to the line
 * of the one before. An object or array that was there and empty gets a blank line before ours, and so is not taken for one of ours.
 */
import { createScanner, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser'

export type { Node } from 'jsonc-parser'

/** jsonc-parser's SyntaxKind, a const enum that is not there at run time. */
const TOKEN = { comma: 5, lineComment: 12, blockComment: 13, lineBreak: 14, end: 17 }

/** A parsed text, or what is wrong with it and where. */
export type Parsed = { root: Node; comments: boolean } | { trouble: string; line: number; column: number }

/** Parse JSON, with comments and trailing commas. */
export function parseJson(text: string): Parsed {
  const errors: ParseError[] = []
  const root = parseTree(text, errors, { allowTrailingComma: true })
  const [error] = errors
  if (root && !error) return { root, comments: hasComments(text) }
  if (text.trim() === '') return { trouble: 'is empty', line: 1, column: 1 }
  const words = (error ? printParseErrorCode(error.error) : 'ValueExpected').replace(
    /\B[A-Z]/g,
    (letter) => ` ${letter.toLowerCase()}`,
  )
  return { trouble: `is no JSON: ${words.toLowerCase()}`, ...positionOf(text, error?.offset ?? 0) }
}

/** Where an offset is, counted from 1. */
export function positionOf(text: string, offset: number): { line: number; column: number } {
  const lines = text.slice(0, offset).split('\n')
  return { line: lines.length, column: lines.at(-1)!.length + 1 }
}

function hasComments(text: string): boolean {
  const scanner = createScanner(text)
  for (let kind = scanner.scan(); kind !== TOKEN.end; kind = scanner.scan())
    if (kind === TOKEN.lineComment || kind === TOKEN.blockComment) return true
  return false
}

/** The property of a name in an object; the last where there are several, as JSON.parse takes it. */
export function propertyOf(object: Node | undefined, name: string): Node | undefined {
  return object?.type === 'object'
    ? object.children?.findLast((property) => property.children?.[0]?.value === name)
    : undefined
}

/** The value of a property in an object. */
export function memberOf(object: Node | undefined, name: string): Node | undefined {
  return propertyOf(object, name)?.children?.[1]
}

const endOf = ({ offset, length }: Node) => offset + length
const closeOf = (container: Node) => endOf(container) - 1

interface Style {
  eol: string
  unit: string
}

function styleOf(text: string): Style {
  return { eol: /\r?\n/.exec(text)?.[0] ?? '\n', unit: /^[ \t]+(?=["}\]])/m.exec(text)?.[0] ?? '  ' }
}

/** The blanks at the beginning of the line of an offset. */
const indentAt = (text: string, offset: number) =>
  /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', offset - 1) + 1))![0]

/** Put a new last child into an object (with its name) or an array. */
export function insertChild(text: string, container: Node, value: unknown, name?: string): string {
  const style = styleOf(text)
  const last = container.children?.at(-1)
  return last
    ? insertAfter(text, container, last, value, name, style)
    : insertFirst(text, container, value, name, style)
}

function insertFirst(
  text: string,
  container: Node,
  value: unknown,
  name: string | undefined,
  style: Style,
): string {
  const close = closeOf(container)
  const outer = indentAt(text, container.offset)
  const inLines = container.parent === undefined || text.includes('\n')
  if (!inLines) return `${text.slice(0, close)} ${written(value, name, null)}${text.slice(close)}`
  const indent = outer + style.unit
  const child = written(value, name, { ...style, indent })
  return `${text.slice(0, close)}${style.eol}${style.eol}${indent}${child}${style.eol}${outer}${text.slice(close)}`
}

function insertAfter(
  text: string,
  container: Node,
  last: Node,
  value: unknown,
  name: string | undefined,
  style: Style,
): string {
  const before = container.children!.at(-2)
  const gap = text.slice(before ? endOf(before) : container.offset + 1, last.offset)
  const inLines = gap.includes('\n')
  const indent = inLines ? indentAt(text, last.offset) : indentAt(text, container.offset) + style.unit
  const child = written(value, name, inLines ? { ...style, indent } : null)
  const tail = tailOf(text, endOf(last), closeOf(container))
  const separator = inLines || tail.afterLineComment ? style.eol + indent : ''
  const rest = text.slice(tail.at)
  if (tail.comma >= 0) return `${text.slice(0, tail.at)}${separator}${child},${rest}`
  return `${text.slice(0, endOf(last))},${text.slice(endOf(last), tail.at)}${separator}${child}${rest}`
}

/** A value (with its name) as text: in one line, or in lines as deep as they stand. */
function written(value: unknown, name: string | undefined, at: (Style & { indent: string }) | null): string {
  const key = name === undefined ? '' : `${JSON.stringify(name)}:${at ? ' ' : ''}`
  if (!at) return key + JSON.stringify(value)
  return key + JSON.stringify(value, null, at.unit).replaceAll('\n', at.eol + at.indent)
}

/** Put another value in the place of one, in one line or in lines as that stood. */
export function replaceValue(text: string, node: Node, value: unknown): string {
  const inLines = text.slice(node.offset, endOf(node)).includes('\n')
  const at = inLines ? { ...styleOf(text), indent: indentAt(text, node.offset) } : null
  return text.slice(0, node.offset) + written(value, undefined, at) + text.slice(endOf(node))
}

/** What belongs to a last child: its comma, and comments behind it on the same line. */
function tailOf(text: string, from: number, to: number) {
  const scanner = createScanner(text)
  scanner.setPosition(from)
  let [at, comma, newLine, afterLineComment] = [from, -1, false, false]
  for (let kind = scanner.scan(); scanner.getTokenOffset() < to; kind = scanner.scan()) {
    const end = scanner.getTokenOffset() + scanner.getTokenLength()
    const isComment = kind === TOKEN.lineComment || kind === TOKEN.blockComment
    if (kind === TOKEN.lineBreak) newLine = true
    else if (kind === TOKEN.comma) [at, comma, newLine, afterLineComment] = [end, end - 1, false, false]
    else if (isComment && !newLine) [at, afterLineComment] = [end, kind === TOKEN.lineComment]
  }
  return { at, comma, afterLineComment }
}

/** Take a child out again. `emptied`: nothing is left in the container, and it has the form that ours have. */
export function removeChild(
  text: string,
  container: Node,
  index: number,
): { text: string; emptied: boolean } {
  const children = container.children!
  const [child, before, next] = [children[index]!, children[index - 1], children[index + 1]]
  const from = before ? endOf(before) : container.offset + 1
  const tail = tailOf(text, endOf(child), next?.offset ?? closeOf(container))
  const end = tail.comma >= 0 ? tail.comma + 1 : endOf(child)
  if (!before && !next) return removeOnly(text, container, child, end)
  if (!before) {
    // What stands before the first child tells what the container was: it stays.
    const isBlank = text.slice(end, next!.offset).trim() === ''
    return { text: text.slice(0, child.offset) + text.slice(isBlank ? next!.offset : end), emptied: false }
  }
  const start = from + text.slice(from, child.offset).trimEnd().length
  const keepsLine = isLineComment(text, from, start) && !/^[ \t]*\r?\n/.test(text.slice(end))
  const cut = text.slice(0, keepsLine ? child.offset : start) + text.slice(end)
  if (next || tail.comma >= 0) return { text: cut, emptied: false }
  const comma = tailOf(text, from, child.offset).comma
  return { text: cut.slice(0, comma) + cut.slice(comma + 1), emptied: false }
}

/** Whether what lies between two offsets ends with a comment to the end of the line. */
const isLineComment = (text: string, from: number, to: number) => {
  const scanner = createScanner(text)
  scanner.setPosition(from)
  let last = 0
  for (let kind = scanner.scan(); kind !== TOKEN.end && scanner.getTokenOffset() < to; kind = scanner.scan())
    last = kind
  return last === TOKEN.lineComment
}

function removeOnly(
  text: string,
  container: Node,
  child: Node,
  end: number,
): { text: string; emptied: boolean } {
  const [open, close] = [container.offset + 1, closeOf(container)]
  const [before, after] = [text.slice(open, child.offset), text.slice(end, close)]
  const line = /^\r?\n[ \t]*$/
  const emptied = (before === '' && after === '') || (line.test(before) && line.test(after))
  const marked = /\r?\n\r?\n[ \t]*$/.test(before)
  const kept = marked ? before.replace(/\r?\n\r?\n[ \t]*$/, '') : before.replace(/ $/, '')
  const inner = emptied ? '' : kept + (marked ? after.replace(line, '') : after)
  return { text: text.slice(0, open) + inner + text.slice(close), emptied }
}
