import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { LRUCache } from 'lru-cache';
import { Settings } from '../../../config/settings.js';
import { toAppError } from '../../../platform/errors/to-app-error.js';
import { AtMost } from '../../../platform/lifecycle/at-most.js';
import { Clock } from '../../../platform/time/clock.js';
import type { LoopShare } from '../../../platform/time/loop-share.js';
import { version } from '../../../platform/version.js';
import type { SharedConversation } from '../../../sharing/shared-conversation.js';
import { PageInParts, pagesShareOf } from '../page-in-parts.js';
import type { PageFrame } from '../page-frame.js';
import { pagePolicy } from '../page-policy.js';
import { PageWriter, setPageHeaders } from '../page.writer.js';
import { PagesBusyError } from '../pages.errors.js';

/** Characters of what was said: shorter pages are made in no time. */
const longPage = 32_768;
/** A turn takes time too, whatever is said in it. */
const charactersOfTurn = 200;
/** Of long pages that were made lately, in characters. */
const mostKept = 16_777_216;
/** Long pages that are made at one time: each holds all that was said. */
const atOnce = 2;
const mostWaiting = 16;

/** Who may have the page, beside the one who asks. */
interface ShareAudience {
  /** Whether it may depend on a password. */
  isPrivate: boolean;
}

/** Shares as pages for people. */
@Injectable()
export class SharePageService {
  /** By their ETags, as are those that are being made. */
  private readonly made = new LRUCache<string, PageInParts>({
    maxSize: mostKept,
    sizeCalculation: ({ length }) => length,
  });
  private readonly inMaking = new Map<string, PageInParts>();
  private readonly makings = new AtMost(atOnce, mostWaiting, () => new PagesBusyError());
  private readonly loop: LoopShare;

  constructor(
    private readonly pages: PageWriter,
    private readonly settings: Settings,
    clock: Clock,
  ) {
    this.loop = pagesShareOf(clock);
  }

  /** The errors of this response will be pages too. */
  async begin(response: Response): Promise<PageFrame> {
    const frame = await this.pages.frameFor(response.req);
    setPageHeaders(response.req, response);
    const { frameAncestors } = this.settings.sharing;
    response.set({
      'Content-Security-Policy': pagePolicy({ frameAncestors }),
      'X-Robots-Tag': 'noindex, nofollow, noarchive',
    });
    const { ShareProblemFormat } = await import('./share-problem.format.js');
    new ShareProblemFormat(frame).useFor(response);
    // What is read and parsed next may be megabytes: of many that come at once, one in a turn.
    await this.loop.next();
    return frame;
  }

  /**
   * A share as a page, to be sent: what was said is not held while it is read. It never changes, and
   * may be taken back: so it is asked for again, every time.
   *
   * @returns null when the reader has it already, and is told so
   * @throws PagesBusyError when many long ones wait to be made
   */
  async open(
    frame: PageFrame,
    share: SharedConversation,
    response: Response,
    { isPrivate }: ShareAudience,
  ): Promise<PageInParts | null> {
    const { req: request } = response;
    const tag = tagOf(frame, share);
    response.set({ ETag: tag, 'Cache-Control': isPrivate ? 'private, no-cache' : 'no-cache' });
    if (request.fresh || request.method === 'HEAD') {
      response.status(request.fresh ? 304 : 200).end();
      return null;
    }
    return this.pageOf(frame, share, tag);
  }

  /** As fast as its reader takes it. @throws AppError why it could not be made */
  send(page: PageInParts, response: Response): Promise<void> {
    return this.pages.sendParts(response, page);
  }

  /** One that was made, or is being made for another reader, or a new one. */
  private async pageOf(
    frame: PageFrame,
    share: SharedConversation,
    tag: string,
  ): Promise<PageInParts> {
    const { sharePage } = await import('./share-page.js');
    const known = this.made.get(tag) ?? this.inMaking.get(tag);
    if (known) return known;
    const page = new PageInParts();
    const make = () => page.make(sharePage(frame, share), this.loop);
    const isLong = textLengthOf(share) + share.turns.length * charactersOfTurn > longPage;
    if (isLong) this.keep(page, tag, this.makings.run(make));
    else await make();
    return page;
  }

  /** @param making ends when all of it is there */
  private keep(page: PageInParts, tag: string, making: Promise<void>): void {
    this.inMaking.set(tag, page);
    making
      .then(() => {
        this.made.set(tag, page);
      })
      .catch((error: unknown) => {
        page.fail(toAppError(error));
      })
      .finally(() => {
        this.inMaking.delete(tag);
      });
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
