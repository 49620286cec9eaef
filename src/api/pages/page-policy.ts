/** What a page does beside being read. */
interface PageNeeds {
  /** Its scripts call this service. */
  calls?: boolean;
  /** Who may show it in a frame, as in Content-Security-Policy; nobody unless said. */
  frameAncestors?: readonly string[];
}

/** The Content-Security-Policy of a page: nothing from elsewhere, and nothing that stands in the page itself. */
export function pagePolicy({ calls = false, frameAncestors = [] }: PageNeeds = {}): string {
  return [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self' data:",
    ...(calls ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'self'",
    `frame-ancestors ${frameAncestors.length > 0 ? frameAncestors.join(' ') : "'none'"}`,
  ].join('; ');
}
