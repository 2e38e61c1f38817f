// How the terminal screen is bundled: a module, since the layout engine of Ink starts with a top-level await; React as in production.
import { templates } from './templates.mjs'

// Ink can connect to the developer tools of React: not in a product.
const withoutTools = {
  name: 'without-tools',
  setup(builder) {
    builder.onLoad({ filter: /ink\/build\/devtools\.js$/ }, () => ({ contents: '' }))
    builder.onLoad({ filter: /ink\/build\/utils\.js$/ }, () => ({
      contents: 'export const isDev = () => false',
    }))
  },
}

/** The options of the bundle. */
export const screen = {
  format: 'esm',
  jsx: 'automatic',
  define: { 'process.env.NODE_ENV': '"production"', VERSION: '""' },
  banner: {
    js: 'import{createRequire as loader}from"node:module";const require=loader(import.meta.url);',
  },
  plugins: [templates, withoutTools],
}
