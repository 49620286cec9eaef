import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Settings } from '../../../config/settings.js';
import { RequestRefusedError, ShuttingDownError } from '../../../platform/errors/http.errors.js';
import { PageWriter, prefersHtml } from '../../pages/page.writer.js';
import { NotReadyError } from '../health.errors.js';
import { HealthService } from '../health.service.js';

/** Sends the page that says what this is, and whether it can be called. */
@Injectable()
export class HomePageService {
  constructor(
    private readonly health: HealthService,
    private readonly settings: Settings,
    private readonly writer: PageWriter,
  ) {}

  /** @throws RequestRefusedError 404, as of any unknown path, to whoever is no browser */
  async send(request: Request, response: Response): Promise<void> {
    response.vary('Accept');
    if (!prefersHtml(request)) {
      throw new RequestRefusedError(404, 'Not found', `Cannot GET ${request.originalUrl}`);
    }
    const [{ homePage }, frame, isReady] = await Promise.all([
      import('./home-page.js'),
      this.writer.frameFor(request),
      this.isReady(),
    ]);
    const { tryPage } = this.settings.http;
    this.writer.send(request, response, homePage(frame, { isReady, canBeTried: tryPage }));
  }

  /** Why not is for whoever reads `/health/ready`. */
  private async isReady(): Promise<boolean> {
    try {
      await this.health.checkReady();
      return true;
    } catch (error) {
      if (error instanceof NotReadyError || error instanceof ShuttingDownError) return false;
      throw error;
    }
  }
}
