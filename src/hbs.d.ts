/** Handlebars templates are precompiled by build/templates.mjs, in the bundle and in the tests alike. */
declare module '*.hbs' {
  const render: (view: object, options: { helpers: object }) => string
  export default render
}
