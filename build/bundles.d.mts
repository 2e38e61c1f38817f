import type { BuildOptions, Plugin } from 'esbuild'

export const builtins: Plugin
export const withoutHelp: Plugin
export function bundle(entry: string, options?: BuildOptions): Promise<string>
export function wrapped(text: string): string
export function stamped(text: string): string
