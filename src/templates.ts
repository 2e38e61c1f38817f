/** A room's own board template, compiled when needed; the built-in one is compiled at build time (render.ts). */
import Handlebars from 'handlebars'

/** Render a Handlebars template: no HTML escaping (the view is safe Markdown), unknown fields are empty. `helpers` as in protocol/board.ts. */
export function renderTemplate(
  template: string,
  view: object,
  helpers: Handlebars.RuntimeOptions['helpers'],
): string {
  return Handlebars.compile(template, { noEscape: true })(view, { helpers })
}
