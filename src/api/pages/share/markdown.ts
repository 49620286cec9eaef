import MarkdownIt, { type Env, type StateCore, type Token } from 'markdown-it';
import { alreadyHtml, escapeHtml, type Html } from '../html.js';

/** How deep blocks lie in each other: nine lists, or two dozen quotes. */
const mostLevels = 24;
/** Brackets that may begin a link: each is looked at again for the ones around it. */
const mostBrackets = 512;
/** Of a table, counting those that are not written out; rows may be of one character each. */
const mostCells = 4_096;

/** Below the title of the page, and the names of speakers. */
const highestOnPage = 3;

/** What a block of text cannot be read as in little time, or not without losing some of it. */
class TooInvolvedError extends Error {}

const markdown = new MarkdownIt({
  html: false,
  breaks: true,
  linkify: true,
  // The guard below ends it earlier; beyond this one, text would be left out.
  maxNesting: mostLevels + 2,
});
markdown.linkify
  .set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false })
  .add('ftp:', null)
  .add('//', null);
// Where it leads must be said: an address without a host would be one of this service.
markdown.validateLink = (address) => /^(?:https?:\/\/|mailto:)/i.test(address);
markdown.block.ruler.before('table', 'levels', ({ level }) => {
  if (level >= mostLevels) throw new TooInvolvedError();
  return false;
});
markdown.core.ruler.push('for-strangers', forStrangers);
markdown.renderer.rules['fence'] = (tokens, index) => codeBlock(tokens[index]);
markdown.renderer.rules['code_block'] = (tokens, index) => codeBlock(tokens[index]);
markdown.renderer.rules['table_open'] = () => '<div class="scrolls" tabindex="0"><table>\n';
markdown.renderer.rules['table_close'] = () => '</table></div>\n';

/** Before and after the lines of a block of code, which the caller escapes. */
export const codeBlockStart = '<div class="code"><pre tabindex="0"><code>';
export const codeBlockEnd = '</code></pre></div>\n';

/**
 * Markdown as HTML in which nothing is the writer's own but its text and its links.
 *
 * @param env what the parts of one text know of each other: addresses that are named apart
 * @returns null where reading it would take long, or lose some of it
 */
export function renderMarkdown(text: string, env: Env): Html | null {
  if (isInvolved(text)) return null;
  try {
    return alreadyHtml(markdown.render(text, env));
  } catch (error) {
    if (error instanceof TooInvolvedError) return null;
    throw error;
  }
}

/** By what can be counted before: the rest grows with the length of the text. */
function isInvolved(text: string): boolean {
  let brackets = 0;
  let lines = 1;
  let bars = 0;
  let barsInLine = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case 0x0a:
        lines += 1;
        barsInLine = 0;
        break;
      case 0x5b:
        brackets += 1;
        break;
      case 0x7c:
        barsInLine += 1;
        bars = Math.max(bars, barsInLine);
        break;
    }
  }
  return brackets > mostBrackets || bars * lines > mostCells;
}

/** Headings below those of the page, links that lead away and vouch for nothing, pictures as links to them. */
function forStrangers(state: StateCore): void {
  const highest = highestHeading(state);
  for (const token of state.tokens) {
    if (isHeading(token)) {
      const level = levelOf(token) - highest + highestOnPage;
      token.tag = `h${Math.min(Math.max(level, highestOnPage), 6)}`;
    } else if (token.type === 'th_open' || token.type === 'td_open') {
      const side = /(?:left|center|right)$/.exec(String(token.attrGet('style') ?? ''))?.[0];
      token.attrs = side === undefined ? null : [['class', `to-${side}`]];
    } else if (token.children !== null) {
      token.children = inlineForStrangers(token.children, state);
    }
  }
}

/** Of the part of the text that has the first one; what other parts have is below as many. */
function highestHeading({ tokens, env }: StateCore): number {
  const levels = tokens.filter(isHeading).map(levelOf);
  if (levels.length > 0) env['highest'] ??= Math.min(...levels);
  return Number(env['highest']);
}

function isHeading({ type }: Token): boolean {
  return type === 'heading_open' || type === 'heading_close';
}

function levelOf({ tag }: Token): number {
  return Number(tag.slice(1));
}

function inlineForStrangers(children: readonly Token[], state: StateCore): Token[] {
  let isInLink = false;
  return children.flatMap((child) => {
    if (child.type === 'image') return picture(child, isInLink, state);
    if (child.type === 'link_open') {
      isInLink = true;
      child.attrs = attributesOfLink(child.attrGet('href'));
    }
    if (child.type === 'link_close') isInLink = false;
    return [child];
  });
}

/** A picture would be fetched from whoever the writer chose, by everyone who reads. */
function picture(image: Token, isInLink: boolean, state: StateCore): Token[] {
  const { Token, md } = state;
  const address = image.attrGet('src');
  const text = new Token('text', '', 0);
  const alternative = md.renderer.renderInlineAsText(image.children ?? [], md.options, state.env);
  text.content = alternative || String(address);
  if (isInLink) return [text];
  const open = new Token('link_open', 'a', 1);
  open.attrs = [...attributesOfLink(address), ['class', 'picture']];
  return [open, text, new Token('link_close', 'a', -1)];
}

function attributesOfLink(address: string | number | null): [string, string][] {
  return [
    ['href', String(address)],
    ['rel', 'nofollow noopener ugc'],
  ];
}

function codeBlock(token: Token | undefined): string {
  return `${codeBlockStart}${escapeHtml(token?.content ?? '')}${codeBlockEnd}`;
}
