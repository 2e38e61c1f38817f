export function templateModule(source: string): string
export const templates: import('esbuild').Plugin
