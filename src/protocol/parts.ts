/** Moves of a part of what is held, as a file below one's own glob: a claim moves as a whole. */
import type { Resource } from './claims.ts'
import { CoordError, invalid } from './errors.ts'
import { nameOf, namesOf } from './names.ts'
import { quote } from './needs.ts'
import { overlap } from './overlap.ts'
import type { Lease } from './records.ts'

/** The refusal to `verb` a file of which there is no claim, where some of its own holder's claims overlap it; null where none does. */
export function partError(resource: Resource, own: Lease[], verb: string): CoordError | null {
  const holding = own.filter((lease) => lease.resource_type === 'file' && overlap(lease, resource))
  if (holding.length === 0) return null
  const { resource_type, resource_name } = resource
  const commands = holding.map((lease) => `coord ${verb} file ${quote(lease.resource_name)}`)
  const part = resource.glob ? 'which overlaps it' : 'which it is part of'
  return new CoordError(
    'not_found',
    `there is no claim of ${nameOf(resource)} by itself; you hold ${namesOf(holding)}, ${part}`,
    `A claim moves as a whole: ${commands.join('; ')}`,
    { resource_type, resource_name },
  )
}

/** The error for several names of a type of which a claim has one. `slip` is the type that may have been meant. */
export function severalNames(
  type: string,
  names: string[],
  count: number,
  slip: string | undefined,
): CoordError {
  const hint = slip
    ? `Did you mean ${slip}? coord claim ${slip} ${names.map(quote).join(' ')}`
    : `Quote a name with spaces: coord claim ${type} '${names.join(' ')}'`
  return invalid('name', `a ${type} has one name, ${count} were given`, hint)
}
