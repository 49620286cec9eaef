import type { ServerResponse } from 'node:http';
import type { CallLog, CallOutcome, RunningCall } from './calls.js';

/** One call and its response: sends, waits without outliving the client, and records how it ended. */
export class Exchange {
  private hasEnded = false;
  private ending: CallOutcome = 'left';
  private wake: (() => void) | null = null;

  constructor(
    readonly call: RunningCall,
    readonly response: ServerResponse,
    private readonly log: CallLog,
    private readonly extraHeaders: Record<string, string>,
  ) {
    response.on('close', () => {
      this.close();
    });
    // A write that races with the client's leaving reports here; the close event tells the rest.
    response.on('error', () => undefined);
  }

  /** Nothing may be written any more: the client left, or all has been sent. */
  isOver(): boolean {
    return this.hasEnded;
  }

  /** @param contentLength absent for a stream. */
  begin(status: number, contentType: string, contentLength?: number): void {
    const headers: Record<string, string | number> = { 'content-type': contentType };
    if (contentLength !== undefined) headers['content-length'] = contentLength;
    for (const [name, value] of Object.entries(this.extraHeaders)) {
      headers[name.toLowerCase()] = value;
    }
    this.response.writeHead(status, headers);
  }

  send(status: number, contentType: string, body: string): void {
    this.begin(status, contentType, Buffer.byteLength(body));
    this.end(status >= 400 ? 'refused' : 'answered', body);
  }

  end(outcome: CallOutcome, lastPart?: string): void {
    this.ending = outcome;
    this.hasEnded = true;
    if (lastPart === undefined || lastPart === '') this.response.end();
    else this.response.end(lastPart);
  }

  /** A reset, not a clean close: the client sees ECONNRESET. */
  reset(): void {
    this.ending = 'failed';
    this.response.socket?.resetAndDestroy();
  }

  /** Destroys the socket once what was written has gone out. */
  async cut(): Promise<void> {
    const { socket } = this.response;
    // An empty write queues behind the others; its callback says that they are gone.
    await this.wait((resume) => socket?.write('', resume));
    if (this.hasEnded) return;
    this.ending = 'failed';
    socket?.destroy();
  }

  /** Until the given callback is called, or the client leaves: ask `isOver()` afterwards. */
  wait(arm: (resume: () => void) => void): Promise<void> {
    if (this.hasEnded) return Promise.resolve();
    return new Promise((resolve) => {
      this.wake = resolve;
      arm(resolve);
    });
  }

  private close(): void {
    this.hasEnded = true;
    const isWhole = this.response.writableFinished || this.ending === 'failed';
    this.log.settle(this.call, isWhole ? this.ending : 'left');
    this.wake?.();
  }
}
