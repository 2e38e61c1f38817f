declare module 'picomatch/posix' {
  /** The part of picomatch that is used here; it brings no types of its own. */
  const picomatch: { makeRe(glob: string, options: Record<string, unknown>): RegExp }
  export default picomatch
}
