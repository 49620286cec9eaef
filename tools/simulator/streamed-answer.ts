import { finishReasonOf, type Answer } from './answers.js';
import type { Behaviour } from './behaviour.js';
import type { CompletionShape, Usage } from './completion-shape.js';
import type { Exchange } from './exchange.js';
import type { HoldGate } from './hold-gate.js';
import { errorBody } from './refusals.js';
import { StreamWriter } from './stream-writer.js';
import type { TickWheel } from './tick-wheel.js';

/** What a streamed answer is made of. */
export interface StreamedAnswerParts {
  readonly exchange: Exchange;
  readonly behaviour: Behaviour;
  readonly shape: CompletionShape;
  readonly answer: Answer;
  /** Null when the caller did not ask for it. */
  readonly usage: Usage | null;
}

/** One streamed answer, piece by piece, with the faults that its behaviour asks for. */
export class StreamedAnswer {
  private readonly writer: StreamWriter;
  private readonly finishReason: string | null;
  private nextPieceAt = 0;

  constructor(
    private readonly parts: StreamedAnswerParts,
    private readonly gate: HoldGate,
    private readonly wheel: TickWheel,
  ) {
    this.writer = new StreamWriter(parts.exchange, parts.behaviour);
    this.finishReason = finishReasonOf(parts.behaviour);
  }

  async run(): Promise<void> {
    const { exchange, shape, answer } = this.parts;
    const pieceCount = answer.pieceCount();
    exchange.begin(200, 'text/event-stream; charset=utf-8');
    const opening = shape.openingChunk();
    if (opening !== null) this.writer.data(opening);
    for (const chunk of shape.toolCallChunks()) this.writer.data(chunk);
    for (let sent = 0; ; sent += 1) {
      await this.pauseAfter(sent);
      if (exchange.isOver() || (await this.breakOffAfter(sent))) return;
      if (sent === pieceCount) break;
      if (sent > 0) await this.spaceOut();
      if (exchange.isOver()) return;
      this.sendPiece(sent, pieceCount);
      if (this.writer.isFull) await this.writer.flush();
    }
    await this.finish();
  }

  private sendPiece(index: number, pieceCount: number): void {
    const { exchange, behaviour, shape, answer } = this.parts;
    const isLast = index === pieceCount - 1;
    const ridesAlong = isLast && behaviour.finishWithLastPiece === true;
    this.writer.data(
      shape.pieceChunk(answer.pieceAt(index), ridesAlong ? this.finishReason : null),
    );
    exchange.call.piecesSent += 1;
  }

  private async finish(): Promise<void> {
    const { behaviour, shape, usage, answer } = this.parts;
    const { writer, finishReason } = this;
    const rodeAlong = behaviour.finishWithLastPiece === true && answer.pieceCount() > 0;
    if (finishReason !== null && !rodeAlong) writer.data(shape.finishChunk(finishReason));
    if (behaviour.stallAfterFinish === true) return writer.flush();
    if (usage !== null) writer.data(shape.usageChunk(usage));
    if (behaviour.omitDone !== true) writer.data('[DONE]');
    await writer.end('answered');
  }

  /** Pings, holds and broken chunks: the stream goes on afterwards. */
  private async pauseAfter(sent: number): Promise<void> {
    const { exchange, behaviour } = this.parts;
    if (behaviour.malformedAfterPieces === sent) this.writer.data('{"broken');
    if (behaviour.holdAfterPieces !== sent) return;
    await this.writer.flush();
    await exchange.wait((resume) => {
      this.gate.hold(resume);
    });
  }

  /** Whether the stream ends here, or never goes on. */
  private async breakOffAfter(sent: number): Promise<boolean> {
    const { exchange, behaviour } = this.parts;
    switch (sent) {
      case behaviour.errorAfterPieces: {
        const echoedKey = behaviour.echoKey === true ? exchange.call.key : null;
        this.writer.data(errorBody(500, behaviour.error, echoedKey));
        await this.writer.end('failed');
        return true;
      }
      case behaviour.stallAfterPieces:
        await this.writer.flush();
        return true;
      case behaviour.cutAfterPieces:
        await this.writer.flush();
        await exchange.cut();
        return true;
      case behaviour.endAfterPieces:
        await this.writer.end('failed');
        return true;
      default:
        return false;
    }
  }

  /** Paces by the time since the first piece, so that lateness does not add up. */
  private async spaceOut(): Promise<void> {
    const { exchange, behaviour } = this.parts;
    const { pieceDelayMs = 0 } = behaviour;
    if (behaviour.commentEveryPiece === true) this.writer.comment('ping');
    if (pieceDelayMs === 0) return;
    const now = this.wheel.now();
    this.nextPieceAt =
      this.nextPieceAt === 0 ? now + pieceDelayMs : this.nextPieceAt + pieceDelayMs;
    await this.writer.flush();
    if (this.nextPieceAt <= this.wheel.now()) this.nextPieceAt = this.wheel.now();
    await exchange.wait((resume) => {
      this.wheel.at(this.nextPieceAt, resume);
    });
  }
}
