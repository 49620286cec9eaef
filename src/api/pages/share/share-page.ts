import type { SharedConversation } from '../../../sharing/shared-conversation.js';
import { html, type Html } from '../html.js';
import { pageEnd, pageStart } from '../layout.js';
import type { PageFrame } from '../page-frame.js';
import { MarkdownAllowance, piecesOf, type PlainNotices } from './turn-pieces.js';
import { shareTexts } from './share-texts.js';

/** A share as a page, in pieces that each take little time. */
export function* sharePage(frame: PageFrame, share: SharedConversation): Generator<Html> {
  const texts = shareTexts[frame.language];
  const notices = {
    involved: html`<p class="soft">${texts.involved}</p>`,
    long: html`<p class="note">${texts.long}</p>`,
  };
  const allowance = new MarkdownAllowance();
  yield html`${headOf(frame, share)}${headingOf(frame, share)}`;
  if (share.prompt !== '') yield* promptOf(frame, share.prompt, allowance, notices);
  if (share.turns.length === 0) yield html`<p class="soft">${texts.nothingSaid}</p>`;
  for (const turn of share.turns) {
    yield html`<section class="turn ${turn.role}"><h2 dir="auto">${turn.name ?? texts.speakers[turn.role]}</h2>
<div class="said" dir="auto">
`;
    yield* piecesOf(turn.text, allowance, notices);
    yield html`</div></section>
`;
  }
  yield html`<p class="soft on-screen raw">${texts.raw} <a href="?format=md">${texts.markdown}</a>, <a href="?format=txt">${texts.plainText}</a>, <a href="?format=json">JSON</a></p>
${pageEnd(frame)}`;
}

/** Nothing that was said is in what other sites show of a link. */
function headOf(frame: PageFrame, { title }: SharedConversation): Html {
  const { shared, copy, copied } = shareTexts[frame.language];
  return pageStart(frame, {
    title: `${title} · Alice`,
    isPrivate: true,
    scripts: [{ name: 'copy.js', texts: { copy, copied } }],
    meta: html`<meta property="og:type" content="article">
<meta property="og:site_name" content="Alice">
<meta property="og:title" content="${shared}">`,
  });
}

function headingOf({ language }: PageFrame, share: SharedConversation): Html {
  const { created, expires, kinds, snapshot } = shareTexts[language];
  const { title, kind, model, createdAt, expiresAt } = share;
  const facts = [
    html`<time datetime="${new Date(createdAt).toISOString()}">${created(dateIn(language, createdAt))}</time>`,
    expiresAt !== undefined &&
      html`<time datetime="${new Date(expiresAt).toISOString()}">${expires(dateIn(language, expiresAt))}</time>`,
    kind !== undefined && html`<span>${kinds[kind] ?? kind}</span>`,
    model !== undefined && html`<span>${model}</span>`,
  ];
  return html`<header class="title"><h1 dir="auto">${title}</h1>
<p class="facts">${facts}</p>
<p class="soft">${snapshot}</p></header>
`;
}

/** The day where the service counts it, as every reader of the page sees the same. */
function dateIn(language: string, time: number): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(time);
}

function* promptOf(
  { language }: PageFrame,
  prompt: string,
  allowance: MarkdownAllowance,
  notices: PlainNotices,
): Generator<Html> {
  yield html`<details class="card prompt"><summary>${shareTexts[language].prompt}</summary>
<div class="said" dir="auto">
`;
  yield* piecesOf(prompt, allowance, notices);
  yield html`</div></details>
`;
}
