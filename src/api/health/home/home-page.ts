import { version } from '../../../platform/version.js';
import { html, type Html } from '../../pages/html.js';
import type { InEveryLanguage } from '../../pages/language.js';
import { page } from '../../pages/layout.js';
import type { PageFrame } from '../../pages/page-frame.js';

/** What the page tells of the service. */
interface HomeState {
  isReady: boolean;
  /** Whether there is a page to talk to a model on. */
  canBeTried: boolean;
}

interface Texts {
  heading: string;
  lead: string;
  version: string;
  ready: string;
  notReady: string;
  tryIt: string;
  documentation: string;
  openApi: string;
  errors: string;
}

const texts: InEveryLanguage<Texts> = {
  en: {
    heading: 'A conversation is one HTTP request away',
    lead: 'Alice is a self-hosted service that talks to language models and remembers what was said.',
    version: 'Version',
    ready: 'Ready to answer.',
    notReady: 'Not ready to answer at the moment.',
    tryIt: 'Try it',
    documentation: 'API documentation',
    openApi: 'OpenAPI document',
    errors: 'Error codes',
  },
  'zh-CN': {
    heading: '一个请求，一段对话',
    lead: 'Alice 是自托管的服务：与语言模型对话，并记住说过的话。',
    version: '版本',
    ready: '可以使用。',
    notReady: '目前暂时无法使用。',
    tryIt: '试一试',
    documentation: 'API 文档',
    openApi: 'OpenAPI 文档（JSON）',
    errors: '错误代码',
  },
};

/** What a browser is shown at the service's address. */
export function homePage(frame: PageFrame, { isReady, canBeTried }: HomeState): Html {
  const { language, root } = frame;
  const said = texts[language];
  return page(
    frame,
    { title: 'Alice', bar: html`<span class="soft">${said.version} ${version}</span>` },
    html`<h1>${said.heading}</h1>
<p>${said.lead}</p>
<p class="note ${isReady ? 'good' : 'bad'}">${isReady ? said.ready : said.notReady}</p>
<p class="choices">
${canBeTried && html`<a class="button" href="${root}try">${said.tryIt}</a>`}
<a class="button plain" href="${root}docs">${said.documentation}</a>
</p>
<p class="choices"><a href="${root}docs/errors.html">${said.errors}</a> <a href="${root}openapi.json">${said.openApi}</a></p>`,
  );
}
