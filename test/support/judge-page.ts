import { html, parse, type DefaultTreeAdapterTypes, type ParserError } from 'parse5';

type Node = DefaultTreeAdapterTypes.Node;
type Element = DefaultTreeAdapterTypes.Element;

/** What pages of shares are made of, and nothing else: each element with the attributes that it may have. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  html: ['lang'],
  head: [],
  meta: ['charset', 'name', 'content', 'media', 'property'],
  title: [],
  link: ['rel', 'type', 'href'],
  script: ['defer', 'src', 'data-copy', 'data-copied'],
  body: [],
  a: ['class', 'href', 'rel', 'title'],
  header: ['class'],
  span: ['class'],
  img: ['src', 'alt', 'width', 'height'],
  main: ['id', 'tabindex'],
  footer: ['class'],
  section: ['class'],
  form: ['method', 'action', 'class'],
  label: ['for'],
  input: [
    ...['id', 'name', 'type', 'required', 'maxlength', 'autocomplete', 'autofocus'],
    ...['aria-invalid', 'aria-describedby'],
  ],
  button: [],
  div: ['class', 'dir', 'tabindex'],
  details: ['class'],
  summary: [],
  time: ['datetime'],
  h1: ['dir'],
  h2: ['dir'],
  ...Object.fromEntries(['h3', 'h4', 'h5', 'h6', 'ul', 'li', 'blockquote'].map((tag) => [tag, []])),
  ...Object.fromEntries(['code', 'em', 'strong', 's', 'br', 'hr'].map((tag) => [tag, []])),
  ...Object.fromEntries(['table', 'thead', 'tbody', 'tr'].map((tag) => [tag, []])),
  p: ['class', 'id', 'role'],
  ol: ['start'],
  pre: ['tabindex'],
  th: ['class'],
  td: ['class'],
};

/** What an address may be, by the attribute that it stands in. */
const own = /^(?:\.\.\/)+assets\/[a-z]+\.[0-9a-f]{12}\.(?:css|js|svg)$/;
const ofLink = /^(?:https?:\/\/[^\s"<>\\]+|mailto:[^\s"<>\\]+)$/;
const ofForm = /^\.\/(?:[\w-]+\/)?$/;
const ofPage = /^(?:#content|\?format=(?:md|txt|json))$/;

/**
 * The page of a share as a browser reads it.
 *
 * @throws when it has anything but what pages of shares are made of, or is not written well
 */
export function judgePage(page: string): Element {
  const faults: string[] = [];
  const document = parse(page, {
    sourceCodeLocationInfo: true,
    onParseError: (error) => {
      if (!isOfText(error)) faults.push(`${error.code}, line ${error.startLine}`);
    },
  });
  const elements = elementsIn(document);
  for (const element of elements) faults.push(...faultsOf(element));
  if (elements.filter(({ tagName }) => tagName === 'script').length > 1) faults.push('scripts');
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return elements[0]!;
}

/** All elements below one, or that one and those, in their order. */
export function elementsIn(node: Node): Element[] {
  const below = 'childNodes' in node ? node.childNodes.flatMap(elementsIn) : [];
  return 'tagName' in node ? [node, ...below] : below;
}

/** What is read of it. */
export function textOf(node: Node): string {
  if ('value' in node) return node.value;
  return 'childNodes' in node ? node.childNodes.map(textOf).join('') : '';
}

export function attributeOf({ attrs }: Element, name: string): string | undefined {
  return attrs.find((attribute) => attribute.name === name)?.value;
}

/** What is odd in a text is no fault of the page that shows it. */
function isOfText({ code }: ParserError): boolean {
  return /^(?:control-character|noncharacter|surrogate)-in-input-stream$/.test(code);
}

function faultsOf(element: Element): string[] {
  const { tagName, attrs, namespaceURI, childNodes } = element;
  const names = allowed[tagName];
  if (!names || namespaceURI !== html.NS.HTML) return [`<${tagName}>`];
  return [
    ...attrs.filter(({ name }) => !names.includes(name)).map(({ name }) => `<${tagName} ${name}>`),
    ...addressFaults(element),
    ...(tagName === 'script' && childNodes.length > 0 ? ['a script in the page'] : []),
    ...childNodes.filter(({ nodeName }) => nodeName === '#comment').map(() => 'a comment'),
  ];
}

function addressFaults(element: Element): string[] {
  const { tagName } = element;
  const action = attributeOf(element, 'action');
  if (action !== undefined && !ofForm.test(action)) return [`a form for ${action}`];
  const address = attributeOf(element, tagName === 'a' || tagName === 'link' ? 'href' : 'src');
  if (address === undefined) return [];
  if (tagName !== 'a') return own.test(address) ? [] : [`<${tagName}> of ${address}`];
  const rel = attributeOf(element, 'rel');
  if (ofPage.test(address) && rel === undefined) return [];
  const isGood = ofLink.test(address) && rel === 'nofollow noopener ugc';
  return isGood ? [] : [`a link to ${address}, ${rel}`];
}
