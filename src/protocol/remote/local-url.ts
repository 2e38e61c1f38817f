/** Where a remote lies on this disk, by what git's config says of it. Pure: settings in, a path out. */

/** Settings in the order in which git lists them: `remote.origin.url` and its value. */
export type Settings = [key: string, value: string][]

/**
 * The absolute path to which git would push; null where that is no path, there are several, or anything is set by which git would go another way
 * (`receivepack`, `insteadOf`, `protocol.allow`, …). Source: git-push(1), "Git URLs" and "Remotes"; git-config(1).
 */
export function localPath(remote: string, settings: Settings): string | null {
  const valuesOf = (key: string) => settings.filter(([each]) => each === key).map(([, value]) => value)
  const own = (key: string) => valuesOf(`remote.${remote}.${key}`)
  if (own('receivepack').length + own('vcs').length > 0) return null
  if (settings.some(([key]) => key.startsWith('protocol.'))) return null
  const named = own('pushurl').length > 0 ? own('pushurl') : own('url')
  const [url, ...more] = named
  if (url === undefined || more.length > 0) return null
  const rewrites = settings.filter(([key]) => /^url\..*\.(push)?insteadof$/s.test(key))
  if (rewrites.some(([, start]) => url.startsWith(start))) return null
  return pathOf(url)
}

/** A path, or the URL of a file in which nothing is encoded. */
function pathOf(url: string): string | null {
  const path = /^file:\/\/[^%]*$/s.test(url) ? url.slice('file://'.length) : url
  return /^\/[^\0\n]*$/.test(path) ? path : null
}
