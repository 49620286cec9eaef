/** HTML by the piece: written in this code, or escaped where it comes from elsewhere. */
class HtmlPiece {
  constructor(private readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

/** Made by {@link html} and {@link alreadyHtml} alone. */
export type Html = HtmlPiece;

/** What a template takes: text is escaped, lists are joined, and what is missing is nothing. */
export type HtmlPart = Html | string | number | false | null | undefined | readonly HtmlPart[];

/**
 * A template of HTML. Values go between tags or into attributes in double quotes, and mean there what
 * they say: no value opens a tag or ends an attribute.
 */
export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  let text = strings[0] ?? '';
  parts.forEach((part, index) => {
    text += textOf(part) + (strings[index + 1] ?? '');
  });
  return new HtmlPiece(text);
}

/**
 * The one way around the escaping, for what a renderer made that lets no foreign markup through.
 * Whoever calls it answers for that.
 */
export function alreadyHtml(text: string): Html {
  return new HtmlPiece(text);
}

/** Text as it stands in HTML and in the values of its attributes. */
export function escapeHtml(text: string): string {
  return special.test(text) ? text.replace(everySpecial, entityOf) : text;
}

// Null is no character of HTML: some readers leave it out, and others see what is around it apart.
const special = /[&<>"'\0]/;
const everySpecial = /[&<>"'\0]/g;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '\0': '\ufffd',
};

function entityOf(character: string): string {
  return entities[character] ?? character;
}

function textOf(part: HtmlPart): string {
  if (part === null || part === undefined || part === false) return '';
  if (part instanceof HtmlPiece) return part.toString();
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  return part.map(textOf).join('');
}
