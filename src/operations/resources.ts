/** What the names that a command is given mean. */
import type { Context } from '../context.ts'
import type { Resource } from '../protocol/claims.ts'
import { checkName, checkType, isSlip, resourceKey } from '../protocol/names.ts'
import { isPlainFile } from '../store/plain-path.ts'

/** The types that help tells of; of others anybody may make their own. */
const KNOWN = ['file', 'task', 'droplet', 'api_key']

/** The known type that a type of somebody's own is but a letter from, as `files` is. */
export const slipOf = (type: string) => KNOWN.find((known) => isSlip(type, known))

/** The resources that a type and names mean; several names only for files. Throws `invalid`. */
export function resourcesOf(ctx: Context, given: { type: string; name: string[] }): Resource[] {
  checkType(given.type)
  for (const name of given.name) checkName(name)
  const { type } = given
  const place = placeOf(ctx)
  const resources = given.name.map((name) =>
    type === 'file' && !isPlain(place, name)
      ? ctx.lazy.paths().fileResource(place, name)
      : { resource_type: type, resource_name: name },
  )
  const distinct = new Map(resources.map((each) => [resourceKey(type, each.resource_name), each]))
  if (distinct.size > 1 && type !== 'file')
    throw ctx.lazy.paths().severalNames(type, given.name, distinct.size, slipOf(type))
  return [...distinct.values()]
}

/** Where the paths that a command is given are meant from. */
export function placeOf({ at: { cwd }, repository, root }: Context) {
  const top = repository?.top ?? root?.replace(/[\\/][^\\/]*$/, '') ?? cwd
  return { top, cwd, common: repository?.common ?? null }
}

/** Whether a name can only be the path of a file from the top; whatever else it may mean is for a part of its own. */
const isPlain = ({ top, cwd }: ReturnType<typeof placeOf>, name: string) =>
  cwd === top && !/^[./]|[*?[{\\]|[@+!]\(/.test(name) && isPlainFile(top, `${top}/${name}`)
