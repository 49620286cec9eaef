import type { Behaviour } from './behaviour.js';
import type { Exchange } from './exchange.js';
import type { HoldGate } from './hold-gate.js';
import type { StreamWriter } from './stream-writer.js';
import type { TickWheel } from './tick-wheel.js';

/** The stream that waits and breaks. */
export interface FaultyStream {
  readonly exchange: Exchange;
  readonly behaviour: Behaviour;
  readonly writer: StreamWriter;
}

/** Where a behaviour makes a stream wait, break or end early, counted in pieces. */
export class StreamFaults {
  private nextPieceAt = 0;

  constructor(
    private readonly stream: FaultyStream,
    private readonly gate: HoldGate,
    private readonly wheel: TickWheel,
  ) {}

  /** Holds and broken chunks: the stream goes on afterwards. */
  async pauseAfter(sent: number): Promise<void> {
    const { behaviour, writer } = this.stream;
    if (behaviour.malformedAfterPieces === sent) writer.data('{"broken');
    if (behaviour.holdAfterPieces === sent) await this.hold();
  }

  /** Whether the stream ends here without a word, or never goes on. */
  async breakOffAfter(sent: number): Promise<boolean> {
    const { exchange, behaviour, writer } = this.stream;
    switch (sent) {
      case behaviour.stallAfterPieces:
        await writer.flush();
        return true;
      case behaviour.cutAfterPieces:
        await writer.flush();
        await exchange.cut();
        return true;
      case behaviour.endAfterPieces:
        await writer.end('failed');
        return true;
      default:
        return false;
    }
  }

  /** Paces by the time since the first piece, so that lateness does not add up. */
  async spaceOut(): Promise<void> {
    const { exchange, behaviour, writer } = this.stream;
    const { pieceDelayMs = 0 } = behaviour;
    if (behaviour.commentEveryPiece === true) writer.comment('ping');
    if (pieceDelayMs === 0) return;
    const now = this.wheel.now();
    this.nextPieceAt =
      this.nextPieceAt === 0 ? now + pieceDelayMs : this.nextPieceAt + pieceDelayMs;
    await writer.flush();
    if (this.nextPieceAt <= this.wheel.now()) this.nextPieceAt = this.wheel.now();
    await exchange.wait((resume) => {
      this.wheel.at(this.nextPieceAt, resume);
    });
  }

  /** Until `release()`. */
  async hold(): Promise<void> {
    await this.stream.writer.flush();
    await holdCall(this.stream.exchange, this.gate);
  }

  async pause(delayMs = 0): Promise<void> {
    if (delayMs > 0) await this.stream.writer.flush();
    await pauseFor(delayMs, this.stream.exchange, this.wheel);
  }
}

export function holdCall(exchange: Exchange, gate: HoldGate): Promise<void> {
  return exchange.wait((resume) => {
    gate.hold(resume);
  });
}

export async function pauseFor(
  delayMs: number,
  exchange: Exchange,
  wheel: TickWheel,
): Promise<void> {
  if (delayMs === 0) return;
  await exchange.wait((resume) => {
    wheel.at(wheel.now() + delayMs, resume);
  });
}
