import { createHmac } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../platform/time/clock.js';
import { Settings, type WebhookSettings } from '../config/settings.js';
import type { KeyEvent } from './key-event.js';

const answerWithinMs = 10_000;
/** Pauses before the second try and so on; about twenty minutes in all. */
const pausesMs = [1_000, 5_000, 30_000, 120_000, 300_000, 600_000];
/** A receiver that is down for long must not fill the memory. */
const mostWaiting = 1_000;

/** Sends events of keys to KEY_EVENTS_WEBHOOK_URL, one after another, beside the calls. */
@Injectable()
export class KeyWebhook implements OnApplicationShutdown {
  private readonly logger = new Logger('Keys');
  private readonly waiting: KeyEvent[] = [];
  private readonly closing = new AbortController();
  private isSending = false;

  constructor(
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  /** Never waits and never throws. */
  send(event: KeyEvent): void {
    const { webhook } = this.settings.keys;
    if (webhook === null || this.closing.signal.aborted) return;
    if (this.waiting.length >= mostWaiting) {
      this.logger.error({ event: 'webhook.dropped', type: event.type, reason: 'too many wait' });
      return;
    }
    this.waiting.push(event);
    if (!this.isSending) void this.sendAll(webhook);
  }

  onApplicationShutdown(): void {
    this.closing.abort();
  }

  private async sendAll(webhook: WebhookSettings): Promise<void> {
    this.isSending = true;
    for (let event = this.waiting.shift(); event; event = this.waiting.shift()) {
      await this.sendOne(webhook, event);
    }
    this.isSending = false;
  }

  private async sendOne(webhook: WebhookSettings, event: KeyEvent): Promise<void> {
    for (const pauseMs of [...pausesMs, null]) {
      const problem = await this.attempt(webhook, event);
      if (problem === null || this.closing.signal.aborted) return;
      const { type, id } = event;
      const line = { event: 'webhook.failed', type, id, problem, isLast: pauseMs === null };
      this.logger.warn(line);
      if (pauseMs === null || !(await this.hasPaused(pauseMs))) return;
    }
  }

  /** @returns what went wrong, null when it was taken */
  private async attempt({ url, secret }: WebhookSettings, event: KeyEvent): Promise<string | null> {
    const body = JSON.stringify(event);
    const time = Math.floor(this.clock.now() / 1_000);
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'webhook-id': event.id,
          'webhook-timestamp': String(time),
          'webhook-signature': signatureOf(`${event.id}.${time}.${body}`, secret),
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([this.closing.signal, AbortSignal.timeout(answerWithinMs)]),
      });
      await answer.body?.cancel();
      return answer.ok ? null : `status ${answer.status}`;
    } catch (error) {
      // The message may hold the address, whose path may be a secret.
      return error instanceof Error ? error.name : typeof error;
    }
  }

  private async hasPaused(ms: number): Promise<boolean> {
    try {
      await pause(ms, undefined, { signal: this.closing.signal, ref: false });
      return true;
    } catch {
      // Only closing down ends a pause early.
      return false;
    }
  }
}

/**
 * As Standard Webhooks has it: HMAC-SHA256 in base64, under the bytes that follow `whsec_` in base64, or
 * else under the secret's own.
 */
function signatureOf(signed: string, secret: string): string {
  const [, encoded] = /^whsec_(.+)$/.exec(secret) ?? [];
  const key = encoded === undefined ? secret : Buffer.from(encoded, 'base64');
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
}
