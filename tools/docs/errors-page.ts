import { Marked, type Tokens } from 'marked';

/** Where the service keeps the page that its errors refer to. */
export const errorsPageFile = 'src/api/docs/page/errors.html';

/** The page of the errors as the service shows it: each code is an anchor. */
export function errorsPage(markdown: string): string {
  const marked = new Marked({
    renderer: {
      // The other pages are in the repository, not in the service.
      link({ href, tokens }: Tokens.Link): string {
        const text = this.parser.parseInline(tokens);
        return href.startsWith('#') ? `<a href="${href}">${text}</a>` : text;
      },
      tablerow({ text }: Tokens.TableRow): string {
        const code = /^<td><code>([a-z_]+\.[a-z_]+)<\/code>/.exec(text)?.[1];
        return code === undefined ? `<tr>\n${text}</tr>\n` : `<tr id="${code}">\n${text}</tr>\n`;
      },
    },
  });
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Alice: errors</title>
    <link rel="icon" type="image/svg+xml" href="icon.svg">
    <link rel="stylesheet" href="errors.css">
  </head>
  <body>
${scrolling(marked.parse(markdown, { async: false }))}  </body>
</html>
`;
}

/** Tables are wider than a phone: each scrolls by itself, by keyboard too. */
function scrolling(page: string): string {
  return page
    .replaceAll('<table>', '<div class="scrolls" tabindex="0">\n<table>')
    .replaceAll('</table>', '</table>\n</div>');
}
