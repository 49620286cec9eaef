import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Settings } from '../../../config/settings.js';
import { RequestRefusedError } from '../../../platform/errors/http.errors.js';
import { pagePolicy } from '../page-policy.js';
import { PageWriter } from '../page.writer.js';

/** Sends the page on which the service can be tried, where the operator lets it. */
@Injectable()
export class TryPageService {
  constructor(
    private readonly settings: Settings,
    private readonly writer: PageWriter,
  ) {}

  /** @throws RequestRefusedError 404, as of any unknown path, with TRY_PAGE=off */
  async send(request: Request, response: Response): Promise<void> {
    const { http, auth, sharing } = this.settings;
    if (!http.tryPage) {
      throw new RequestRefusedError(404, 'Not found', `Cannot GET ${request.originalUrl}`);
    }
    const [{ tryPage }, frame] = await Promise.all([
      import('./try-page.js'),
      this.writer.frameFor(request),
    ]);
    const policy = pagePolicy({ calls: true });
    const content = tryPage(frame, { mode: auth.mode, shareTtlDays: sharing.ttlDays });
    this.writer.send(request, response, content, policy);
  }
}
