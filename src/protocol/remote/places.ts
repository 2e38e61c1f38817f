/** Which claims mean something on one machine alone. */

/**
 * Whether a resource is a path of this machine: a file outside of the repository goes by its absolute path. Elsewhere that is another file,
 * or none; and it tells of places. Such claims stay in their room.
 */
export const isPlaceHere = (resource: { resource_type: string; resource_name: string }): boolean =>
  resource.resource_type === 'file' && /^([/\\]|[A-Za-z]:[/\\])/.test(resource.resource_name)
