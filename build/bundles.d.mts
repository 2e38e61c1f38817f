import type { BuildOptions } from 'esbuild'

export function bundle(entry: string, options?: BuildOptions): Promise<string>
export function wrapped(text: string): string
export function stamped(text: string): string
