// Handlebars templates as JavaScript modules: precompiled once, run with the small runtime. Shared by the bundle and the tests.
import Handlebars from 'handlebars'

/** The module text for a template: exports a function from view to text. No HTML escaping: views are safe Markdown. */
export function templateModule(source) {
  const spec = Handlebars.precompile(source, {
    noEscape: true,
    knownHelpersOnly: true,
    knownHelpers: { each: true, if: true, rows: true, blocks: true },
  })
  return `import Handlebars from 'handlebars/runtime.js'\nexport default Handlebars.template(${spec})\n`
}
