import type { Response } from 'express';
import type { AppError } from '../../../platform/errors/app.error.js';
import { ErrorFormat } from '../../../platform/http/error-format.js';
import { requestIdOf } from '../../../platform/telemetry/request-id.js';
import { html, type Html } from '../html.js';
import { page } from '../layout.js';
import type { PageFrame } from '../page-frame.js';
import { shareTexts } from './share-texts.js';

/** Why a share is not shown, as a page for whoever followed its link. */
export class ShareProblemFormat extends ErrorFormat {
  readonly prefix = '';

  constructor(private readonly frame: PageFrame) {
    super();
  }

  override write(error: AppError, response: Response): void {
    // Nothing can be said of it any more: the page ends where it broke off.
    if (response.headersSent) response.destroy();
    else response.set('Cache-Control', 'no-store').send(this.pageOf(error, response).toString());
  }

  private pageOf(error: AppError, response: Response): Html {
    const texts = shareTexts[this.frame.language];
    switch (error.code) {
      case 'share.not_found':
      case 'share.off':
        return this.message(texts.gone.title, html`<p>${texts.gone.text}</p>`);
      case 'share.password_required':
        return this.passwordForm(response);
      case 'share.password_wrong':
        return this.passwordForm(response, texts.password.wrong);
      case 'share.too_many_passwords':
        return this.passwordForm(response, texts.wait.text(error.retryAfterSeconds ?? 1));
      default:
        return this.message(
          texts.failed.title,
          html`<p>${error.status >= 500 ? texts.failed.text : texts.refused.text}</p>
<p class="soft">${texts.requestId} <code>${requestIdOf(response)}</code></p>`,
        );
    }
  }

  private message(title: string, content: Html): Html {
    const head = { title: `${title} · Alice`, isPrivate: true };
    return page(this.frame, head, html`<div class="message"><h1>${title}</h1>${content}</div>`);
  }

  /**
   * Sent to the share as a folder: only so do browsers know of a cookie without a path that it is for
   * this share, behind any path prefix.
   *
   * @param fault what was wrong with the last try
   */
  private passwordForm({ req: { path } }: Response, fault: string | null = null): Html {
    const { title, text, label, open } = shareTexts[this.frame.language].password;
    const isFaulty = fault !== null;
    return this.message(
      title,
      html`<p>${text}</p>
<form method="post" action="${folderOf(path)}" class="card">
<div class="field"><label for="password">${label}</label>
<input id="password" name="password" type="password" required maxlength="200" autocomplete="off" autofocus${isFaulty && html` aria-invalid="true" aria-describedby="fault"`}>
${isFaulty && html`<p id="fault" class="fault" role="alert">${fault}</p>`}</div>
<button>${open}</button>
</form>`,
    );
  }
}

/** From a page, itself as a folder. */
function folderOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name === '' ? './' : `./${name}/`;
}
