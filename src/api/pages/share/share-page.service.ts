import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { LRUCache } from 'lru-cache';
import { Settings } from '../../../config/settings.js';
import { BytesInFlight } from '../../../platform/http/bytes-in-flight.js';
import { version } from '../../../platform/version.js';
import type { SharedConversation } from '../../../sharing/shared-conversation.js';
import type { PageFrame } from '../page-frame.js';
import { pagePolicy } from '../page-policy.js';
import { PageWriter } from '../page.writer.js';

/** Of long pages that were made lately, in characters. */
const mostKept = 16_777_216;
/** Shorter pages are made again in no time. */
const fewestKept = 65_536;

/** Who may have the page, beside the one who asks. */
interface ShareAudience {
  /** Whether it may depend on a password. */
  isPrivate: boolean;
}

/** Shares as pages for people. */
@Injectable()
export class SharePageService {
  /** The parts of pages, by their ETags. */
  private readonly made = new LRUCache<string, string[]>({
    maxSize: mostKept,
    sizeCalculation: lengthOf,
  });

  constructor(
    private readonly pages: PageWriter,
    private readonly bytesInFlight: BytesInFlight,
    private readonly settings: Settings,
  ) {}

  /** The errors of this response will be pages too. */
  async begin(response: Response): Promise<PageFrame> {
    const frame = await this.pages.frameFor(response);
    const { frameAncestors } = this.settings.sharing;
    response.set({
      'Content-Security-Policy': pagePolicy({ frameAncestors }),
      'X-Robots-Tag': 'noindex, nofollow, noarchive',
    });
    const { ShareProblemFormat } = await import('./share-problem.format.js');
    new ShareProblemFormat(frame).useFor(response);
    return frame;
  }

  /**
   * Sends a share as a page, unless the reader has it already. It never changes, and may be taken
   * back: so it is asked for again, every time.
   *
   * @throws TooManyBytesError when too many long ones are being read
   */
  async send(
    frame: PageFrame,
    share: SharedConversation,
    response: Response,
    { isPrivate }: ShareAudience,
  ): Promise<void> {
    const { req: request } = response;
    const tag = tagOf(frame, share);
    response.set({ ETag: tag, 'Cache-Control': isPrivate ? 'private, no-cache' : 'no-cache' });
    if (request.fresh || request.method === 'HEAD') {
      response.status(request.fresh ? 304 : 200).end();
      return;
    }
    this.bytesInFlight.hold(request, 2 * textLengthOf(share));
    const made = this.made.get(tag);
    if (made) await this.pages.resend(response, made);
    else await this.make(frame, share, response, tag);
  }

  private async make(
    frame: PageFrame,
    share: SharedConversation,
    response: Response,
    tag: string,
  ): Promise<void> {
    const { sharePage } = await import('./share-page.js');
    const parts = await this.pages.stream(response, sharePage(frame, share));
    if (parts && lengthOf(parts) >= fewestKept) this.made.set(tag, parts);
  }
}

/** By all that makes a page another one: what was shared never changes under its id and time. */
function tagOf(frame: PageFrame, share: SharedConversation): string {
  const { id, createdAt, expiresAt, title, kind, model, prompt, turns } = share;
  const parts = [
    ...[version, frame.language, frame.root, frame.asset('page.css'), frame.asset('copy.js')],
    ...[id, createdAt, expiresAt, title, kind, model],
    ...[prompt.length, turns.length, textLengthOf(share)],
  ];
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
  return `"${digest.slice(0, 22)}"`;
}

function textLengthOf({ prompt, turns }: SharedConversation): number {
  return turns.reduce((sum, { text }) => sum + text.length, prompt.length);
}

function lengthOf(parts: readonly string[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
