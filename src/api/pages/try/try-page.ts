import type { AuthMode } from '../../../config/settings.js';
import { longestTitle, mostDaysOf } from '../../../sharing/share-options.js';
import { html, type Html } from '../html.js';
import { page } from '../layout.js';
import type { PageFrame } from '../page-frame.js';
import { pageTexts, scriptTexts, type Kind } from './try-page.texts.js';

const kinds: readonly Kind[] = ['turbo', 'gpt4', 'gpt3', 'rolePlay', 'quickAnswer'];

/** What the page has to know of the service. */
interface TriedService {
  /** What callers must prove. */
  mode: AuthMode;
  /** SHARE_TTL_DAYS. */
  shareTtlDays: number;
}

/** The page on which anyone can talk to a model: a form around the API, which its script calls. */
export function tryPage(frame: PageFrame, { mode, shareTtlDays }: TriedService): Html {
  const texts = pageTexts[frame.language];
  return page(
    frame,
    {
      title: texts.title,
      meta: html`<link rel="stylesheet" href="${frame.asset('try.css')}">`,
      bar: html`<a href="${frame.root}docs">${texts.documentation}</a>`,
      scripts: [
        {
          name: 'try.js',
          texts: { auth: mode, texts: JSON.stringify(scriptTexts[frame.language]) },
        },
      ],
    },
    html`<noscript><p class="note">${texts.noScript} <a href="${frame.root}docs">${texts.documentation}</a></p></noscript>
<div class="try">
<div class="talk">
${opening(frame)}
<section id="turns" aria-label="${texts.conversation}" tabindex="-1" hidden></section>
${shareCard(frame)}
<p class="unseen" role="status" id="status"></p>
<div class="ask">
${actions(frame, shareTtlDays)}
<form id="ask">
<label for="question" class="unseen">${texts.question}</label>
<textarea id="question" rows="1" placeholder="${texts.questionHint}" aria-describedby="keys" autocomplete="off"></textarea>
<button id="send">${texts.send}</button>
<button id="stop" type="button" class="plain" hidden>${texts.stop}</button>
</form>
<p class="soft" id="keys">${texts.keys}</p>
</div>
</div>
<aside id="aside">
${settings(frame, mode)}
<details id="curl-details" class="card" hidden>
<summary>${texts.curl}</summary>
<pre tabindex="0"><code id="curl"></code></pre>
<button type="button" class="plain" data-copies="curl">${texts.copy}</button>
${mode !== 'none' && html`<p class="soft">${texts.curlHint}</p>`}
</details>
</aside>
</div>`,
  );
}

/** What is there before the first question. */
function opening({ language }: PageFrame): Html {
  const texts = pageTexts[language];
  return html`<section id="opening">
<h1>${texts.heading}</h1>
<p class="lead">${texts.lead}</p>
<form id="credential" class="card" hidden>
<h2>${texts.tokenHeading}</h2>
<p>${texts.tokenWhy}</p>
<div class="field">
<label for="token">${texts.token}</label>
<input id="token" type="password" autocomplete="off" spellcheck="false" required aria-describedby="token-problem">
<p id="token-problem" class="problem" role="alert"></p>
</div>
<button>${texts.tokenSend}</button>
</form>
<p id="insecure" class="note bad" hidden>${texts.insecure}</p>
<div id="examples" hidden>
<h2 class="soft">${texts.examplesHeading}</h2>
${texts.examples.map((example) => html`<button type="button" class="plain example">${example}</button>`)}
</div>
</section>`;
}

/** Where the link to a share is shown. */
function shareCard({ language }: PageFrame): Html {
  const texts = pageTexts[language];
  return html`<div id="shared" class="card" hidden>
<label for="link">${texts.shareLink}</label>
<div class="line">
<input id="link" readonly>
<button type="button" class="plain" data-copies="link">${texts.copy}</button>
</div>
<p id="readers" class="soft"></p>
<div class="line">
<a id="open" class="button plain" target="_blank" rel="noopener">${texts.open}</a>
<button id="unshare" type="button" class="plain">${texts.unshare}</button>
</div>
</div>`;
}

/** What can be done with a conversation that has begun. */
function actions({ language }: PageFrame, shareTtlDays: number): Html {
  const texts = pageTexts[language];
  return html`<div id="actions" class="line" hidden>
<button id="regenerate" type="button" class="plain">${texts.regenerate}</button>
<button id="rollback" type="button" class="plain">${texts.rollback}</button>
<button id="new" type="button" class="plain">${texts.newConversation}</button>
<button id="share" type="submit" form="share-with" class="plain">${texts.share}</button>
<form id="share-with" autocomplete="off" novalidate>
<details>
<summary>${texts.shareWith}</summary>
<div class="fields">
<div class="field">
<label for="share-title">${texts.shareTitle}</label>
<input id="share-title" maxlength="${longestTitle}" placeholder="${texts.shareTitleHint}">
</div>
<div class="field">
<label for="share-password">${texts.sharePassword}</label>
<input id="share-password" pattern="\\S.{6,126}\\S" title="${texts.sharePasswordHint}" spellcheck="false" autocapitalize="none" aria-describedby="share-password-hint">
<p id="share-password-hint" class="soft">${texts.sharePasswordHint}</p>
</div>
<div class="field">
<label for="share-days">${texts.shareDays}</label>
<input id="share-days" type="number" min="1" max="${mostDaysOf(shareTtlDays)}" placeholder="${shareTtlDays === 0 ? texts.forEver : shareTtlDays}">
</div>
</div>
</details>
</form>
</div>`;
}

function settings({ language }: PageFrame, mode: AuthMode): Html {
  const texts = pageTexts[language];
  return html`<details id="settings" class="card">
<summary>${texts.settings}</summary>
<fieldset id="choices" aria-describedby="hold">
<div class="field">
<label for="kind">${texts.kind}</label>
<select id="kind">
${kinds.map((kind) => html`<option value="${kind}">${texts.kinds[kind]}</option>`)}
<option value="v1" hidden disabled>${texts.kinds.v1}</option>
</select>
</div>
<div class="field" data-kinds="v1" hidden>
<label for="model">${texts.model}</label>
<select id="model"></select>
</div>
<div class="field" data-kinds="rolePlay" hidden>
<label for="human-name">${texts.humanName}</label>
<input id="human-name" maxlength="64" value="Alice" autocomplete="off">
</div>
<div class="field" data-kinds="rolePlay" hidden>
<label for="model-name">${texts.modelName}</label>
<input id="model-name" maxlength="64" value="Cheshire Cat" autocomplete="off">
</div>
<div class="field">
<label for="prompt">${texts.prompt}</label>
<textarea id="prompt" rows="3" aria-describedby="prompt-hint"></textarea>
<p id="prompt-hint" class="soft">${texts.promptHint}</p>
</div>
</fieldset>
<p id="hold" class="soft" hidden>${texts.settingsHold}</p>
${mode !== 'none' && html`<button id="forget" type="button" class="plain" hidden>${texts.forgetToken}</button>`}
</details>`;
}
