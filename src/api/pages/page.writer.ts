import { once } from 'node:events';
import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Clock } from '../../platform/time/clock.js';
import { LoopShare } from '../../platform/time/loop-share.js';
import type { Html } from './html.js';
import { PageAssetsService } from './page-assets.service.js';
import { frameOf, type PageFrame } from './page-frame.js';
import { pagePolicy } from './page-policy.js';

/** Of a turn of the event loop, for all pages together: a piece of one may take as long again. */
const shareMs = 10;
/** Characters that leave together. */
const mostWaiting = 32_768;

/** Sends pages. What makes them is imported by who asks, at that moment: an idle service holds none of it. */
@Injectable()
export class PageWriter {
  private readonly loop: LoopShare;

  constructor(
    private readonly assets: PageAssetsService,
    clock: Clock,
  ) {
    this.loop = new LoopShare(clock, shareMs);
  }

  /** The frame of the page that is asked for, whose headers are set. A policy of its own may follow. */
  async frameFor(response: Response): Promise<PageFrame> {
    const frame = frameOf(response.req, await this.assets.all());
    response.vary('Accept-Language');
    response.set({
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Language': frame.language,
      'Content-Security-Policy': pagePolicy(),
      'Referrer-Policy': 'no-referrer',
    });
    return frame;
  }

  /**
   * Sends a page as its pieces are made, which is when there is time, and the reader has taken those
   * before.
   *
   * @returns what was sent, in the parts that left together; null when the reader left before the end
   */
  async stream(response: Response, pieces: Iterator<Html>): Promise<string[] | null> {
    const sent: string[] = [];
    let waiting = '';
    for (;;) {
      const turn = this.loop.next();
      if (turn) await turn;
      if (response.destroyed) return null;
      const piece = pieces.next();
      if (piece.done) break;
      waiting += piece.value.toString();
      if (waiting.length < mostWaiting) continue;
      sent.push(waiting);
      await write(response, waiting);
      waiting = '';
    }
    response.end(waiting);
    return [...sent, waiting];
  }

  /** Sends what was made before. */
  async resend(response: Response, parts: readonly string[]): Promise<void> {
    for (const part of parts) {
      if (response.destroyed) return;
      await write(response, part);
    }
    response.end();
  }
}

/** Until there is room for more, or nobody to read it. */
async function write(response: Response, part: string): Promise<void> {
  if (response.write(part)) return;
  const settled = new AbortController();
  const { signal } = settled;
  try {
    await Promise.race(['drain', 'close'].map((event) => once(response, event, { signal })));
  } finally {
    settled.abort();
  }
}

/**
 * Whether a browser asks: text/html is preferred to JSON. Who takes anything, or says nothing, is no
 * browser.
 */
export function prefersHtml(request: Request): boolean {
  return request.accepts('json', 'html') === 'html';
}
