import { setImmediate } from 'node:timers';
import type { Behaviour } from './behaviour.js';
import type { CallOutcome } from './calls.js';
import type { Exchange } from './exchange.js';

const flushAtLength = 16 * 1024;

/** Writes server-sent events; frames of one moment share a socket write, and a full socket is waited for. */
export class StreamWriter {
  private readonly lineEnding: string;
  private pending = '';
  private hasWritten = false;

  constructor(
    private readonly exchange: Exchange,
    private readonly behaviour: Behaviour,
  ) {
    this.lineEnding = behaviour.lineEnding ?? '\n';
  }

  get isFull(): boolean {
    return this.pending.length >= flushAtLength;
  }

  data(payload: string): void {
    this.pending += `data: ${payload}${this.lineEnding}${this.lineEnding}`;
  }

  /** With its name on a line of its own. */
  event(name: string, payload: string): void {
    this.pending += `event: ${name}${this.lineEnding}`;
    this.data(payload);
  }

  comment(text: string): void {
    this.pending += `: ${text}${this.lineEnding}${this.lineEnding}`;
  }

  /** Hands everything to the socket and waits while that is full; headers go out even with nothing to write. */
  async flush(): Promise<void> {
    const { exchange, pending } = this;
    this.pending = '';
    if (exchange.isOver()) return;
    if (this.behaviour.sliceBytes !== undefined) {
      await this.writeSlices(Buffer.from(pending), this.behaviour.sliceBytes);
    } else if (pending !== '') {
      await this.write(pending);
    }
    if (!this.hasWritten && !exchange.isOver()) exchange.response.flushHeaders();
  }

  async end(outcome: CallOutcome): Promise<void> {
    const isSliced = this.behaviour.sliceBytes !== undefined;
    if (isSliced) await this.flush();
    if (!this.exchange.isOver()) this.exchange.end(outcome, this.pending);
  }

  private async writeSlices(bytes: Buffer, sliceBytes: number): Promise<void> {
    for (let start = 0; start < bytes.length && !this.exchange.isOver(); start += sliceBytes) {
      await this.write(bytes.subarray(start, start + sliceBytes));
      // node:http joins the writes of one tick, so each slice gets a tick of its own.
      await this.exchange.wait((resume) => setImmediate(resume));
    }
  }

  private async write(part: string | Buffer): Promise<void> {
    const { response } = this.exchange;
    this.hasWritten = true;
    if (response.write(part)) return;
    await this.exchange.wait((resume) => response.once('drain', resume));
  }
}
