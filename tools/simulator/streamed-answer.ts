import { finishReasonOf, type Answer } from './answers.js';
import type { Behaviour } from './behaviour.js';
import type { CompletionShape, Usage } from './completion-shape.js';
import type { Exchange } from './exchange.js';
import type { HoldGate } from './hold-gate.js';
import { echoedKeyOf, errorBody } from './refusals.js';
import { StreamFaults } from './stream-faults.js';
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
  private readonly faults: StreamFaults;

  constructor(
    private readonly parts: StreamedAnswerParts,
    gate: HoldGate,
    wheel: TickWheel,
  ) {
    const { exchange, behaviour } = parts;
    this.writer = new StreamWriter(exchange, behaviour);
    this.faults = new StreamFaults({ exchange, behaviour, writer: this.writer }, gate, wheel);
    this.finishReason = finishReasonOf(behaviour);
  }

  async run(): Promise<void> {
    const { exchange, behaviour, shape, answer } = this.parts;
    const pieceCount = answer.pieceCount();
    exchange.begin(200, 'text/event-stream; charset=utf-8');
    await this.faults.pause(behaviour.firstEventDelayMs);
    if (exchange.isOver()) return;
    const opening = shape.openingChunk();
    if (opening !== null) this.writer.data(opening);
    for (const chunk of shape.toolCallChunks()) this.writer.data(chunk);
    for (let sent = 0; ; sent += 1) {
      await this.faults.pauseAfter(sent);
      if (exchange.isOver() || (await this.breakOffAfter(sent))) return;
      if (sent === pieceCount) break;
      if (sent > 0) await this.faults.spaceOut();
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

  /** Whether the stream ends here, or never goes on. */
  private async breakOffAfter(sent: number): Promise<boolean> {
    const { exchange, behaviour } = this.parts;
    if (sent !== behaviour.errorAfterPieces) return this.faults.breakOffAfter(sent);
    this.writer.data(errorBody(500, behaviour.error, echoedKeyOf(behaviour, exchange.call.key)));
    await this.writer.end('failed');
    return true;
  }
}
