/** A room's own board template, compiled when needed; the built-in one is compiled at build time (render.ts). */
import Handlebars from 'handlebars'

/** Render a Handlebars template: no HTML escaping (the view is safe Markdown), unknown fields are empty. */
export function renderTemplate(template: string, view: object): string {
  return Handlebars.compile(template, { noEscape: true })(view)
}
