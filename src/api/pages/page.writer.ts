import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { drained } from '../../platform/http/drained.js';
import type { Html } from './html.js';
import { languageOf } from './language.js';
import { PageAssetsService } from './page-assets.service.js';
import { frameOf, type PageFrame } from './page-frame.js';
import { pagePolicy } from './page-policy.js';

/** The headers of every page, whatever it says. A policy of its own may follow. */
export function setPageHeaders(request: Request, response: Response): void {
  response.vary('Accept-Language');
  response.set({
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Language': languageOf(request),
    'Content-Security-Policy': pagePolicy(),
    'Referrer-Policy': 'no-referrer',
  });
}

/** Sends pages. What makes them is imported by who asks, at that moment: an idle service holds none of it. */
@Injectable()
export class PageWriter {
  constructor(private readonly assets: PageAssetsService) {}

  /** The frame of the page that is asked for. */
  async frameFor(request: Request): Promise<PageFrame> {
    return frameOf(request, await this.assets.all());
  }

  /**
   * Sends a whole page; its status, and headers beside those of every page, are set already or stay.
   *
   * @param policy its own, where it does more than being read
   */
  send(request: Request, response: Response, content: Html, policy = pagePolicy()): void {
    setPageHeaders(request, response);
    response.set('Content-Security-Policy', policy);
    response.send(content.toString());
  }

  /** Sends a page as its parts come, and as its reader takes them; ends when the reader has left. */
  async sendParts(response: Response, parts: AsyncIterable<string>): Promise<void> {
    for await (const part of parts) {
      if (response.destroyed) return;
      if (!response.write(part)) await drained(response);
    }
    response.end();
  }
}

/**
 * Whether a browser asks: text/html is preferred to JSON. Who takes anything, or says nothing, is no
 * browser.
 */
export function prefersHtml(request: Request): boolean {
  return request.accepts('json', 'html') === 'html';
}
