import { html, type Html } from './html.js';
import type { InEveryLanguage } from './language.js';
import type { AssetName } from './page-assets.service.js';
import type { PageFrame } from './page-frame.js';

/** A script of a page. */
interface PageScript {
  name: AssetName;
  /** What it says, in the page's language; it finds them in `document.currentScript.dataset`. */
  texts?: Readonly<Record<string, string>>;
}

/** What a page says of itself. */
export interface PageHead {
  /** In the tab, and wherever the page is named. */
  title: string;
  /** Whether search engines are told to forget it. */
  isPrivate?: boolean;
  scripts?: readonly PageScript[];
  /** More of the head: description, Open Graph, a style sheet on top of the common one. */
  meta?: Html;
  /** At the end of the bar at the top. */
  bar?: Html;
}

const texts: InEveryLanguage<{ skip: string; foot: string }> = {
  en: { skip: 'Skip to the content', foot: 'Alice, a self-hosted conversation service' },
  'zh-CN': { skip: '跳到正文', foot: 'Alice，自托管的对话服务' },
};

/** A whole page. */
export function page(frame: PageFrame, head: PageHead, body: Html): Html {
  return html`${pageStart(frame, head)}${body}${pageEnd(frame)}`;
}

/** A page up to where its content begins, which may come in pieces. */
export function pageStart(frame: PageFrame, head: PageHead): Html {
  const { title, isPrivate = false, scripts = [], meta, bar } = head;
  return html`<!doctype html>
<html lang="${frame.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
${isPrivate && html`<meta name="robots" content="noindex,nofollow,noarchive">`}
<meta name="color-scheme" content="light dark">
<meta name="theme-color" media="(prefers-color-scheme: light)" content="#fbfaf8">
<meta name="theme-color" media="(prefers-color-scheme: dark)" content="#16171c">
<link rel="icon" type="image/svg+xml" href="${frame.asset('icon.svg')}">
<link rel="stylesheet" href="${frame.asset('page.css')}">
${meta}
${scripts.map((script) => scriptTag(frame, script))}
</head>
<body>
<a class="skip" href="#content">${texts[frame.language].skip}</a>
<header class="bar">
<span class="brand"><img src="${frame.asset('icon.svg')}" alt="" width="24" height="24">Alice</span>
${bar}
</header>
<main id="content" tabindex="-1">
`;
}

/** What follows the content. */
export function pageEnd({ language }: PageFrame): Html {
  return html`
</main>
<footer class="foot"><p>${texts[language].foot}</p></footer>
</body>
</html>
`;
}

function scriptTag(frame: PageFrame, { name, texts = {} }: PageScript): Html {
  const said = Object.entries(texts).map(([key, text]) => html` data-${key}="${text}"`);
  return html`<script defer src="${frame.asset(name)}"${said}></script>`;
}
