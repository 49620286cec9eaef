import type { Behaviour } from '../behaviour.js';
import type { Exchange } from '../exchange.js';
import type { HoldGate } from '../hold-gate.js';
import { echoedKeyOf, errorObject } from '../refusals.js';
import { isRecord } from '../request-body.js';
import { StreamFaults } from '../stream-faults.js';
import { StreamWriter } from '../stream-writer.js';
import type { TickWheel } from '../tick-wheel.js';
import { eventsOf } from './item-events.js';
import type { ItemEvent } from './item-events.js';
import type { Item } from './items.js';
import { incompleteReasonOf } from './response-envelope.js';
import type { ResponseEnvelope, ResponseStatus } from './response-envelope.js';
import { isItem } from './script.js';
import type { ScriptedStep, ScriptedWait } from './script.js';

/** What a streamed response is made of. */
export interface StreamedResponseParts {
  readonly exchange: Exchange;
  readonly behaviour: Behaviour;
  readonly envelope: ResponseEnvelope;
  readonly steps: readonly ScriptedStep[];
  /** Of the text of messages; without them it is split. */
  readonly pieces?: readonly string[];
}

/** One streamed response, event by event, with the faults that its behaviour asks for; deltas are its pieces. */
export class StreamedResponse {
  private readonly writer: StreamWriter;
  private readonly faults: StreamFaults;
  private readonly output: Item[] = [];
  private readonly hasObfuscation: boolean;
  private readonly waitsInside: ScriptedWait[] = [];
  private sequenceNumber = 0;
  private piecesChecked = -1;

  constructor(
    private readonly parts: StreamedResponseParts,
    gate: HoldGate,
    wheel: TickWheel,
  ) {
    const { exchange, behaviour, envelope } = parts;
    this.writer = new StreamWriter(exchange, behaviour);
    this.faults = new StreamFaults({ exchange, behaviour, writer: this.writer }, gate, wheel);
    this.hasObfuscation = envelope.hasObfuscation;
  }

  async run(): Promise<void> {
    const { exchange, envelope, behaviour } = this.parts;
    exchange.begin(200, 'text/event-stream; charset=utf-8');
    await this.faults.pause(behaviour.firstEventDelayMs);
    if (exchange.isOver()) return;
    for (const state of ['created', 'in_progress']) {
      this.write({ type: `response.${state}`, response: envelope.at('in_progress', []) });
    }
    for (const step of this.parts.steps) {
      if (!(await this.take(step))) return;
    }
    if (await this.goesOn()) await this.finish();
  }

  /** Whether the stream goes on after it. */
  private async take(step: ScriptedStep): Promise<boolean> {
    if (isItem(step)) return this.takeItem(step);
    if ('event' in step) return this.send(step.event);
    if (step.inside !== true) return this.waitFor(step);
    this.waitsInside.push(step);
    return true;
  }

  private async waitFor(step: ScriptedWait): Promise<boolean> {
    if ('hold' in step) await this.faults.hold();
    else await this.faults.pause(step.pauseMs);
    return !this.parts.exchange.isOver();
  }

  private async takeItem(item: Item): Promise<boolean> {
    const outputIndex = this.output.length;
    for (const event of eventsOf(item, this.parts.pieces)) {
      const isAboutItem = isRecord(event.item);
      const at = { output_index: outputIndex, ...(!isAboutItem && { item_id: item.id }) };
      if (!(await this.send({ ...event, ...at }))) return false;
      for (const step of this.waitsInside.splice(0)) {
        if (!(await this.waitFor(step))) return false;
      }
    }
    this.output.push(item);
    return true;
  }

  private async send(event: ItemEvent): Promise<boolean> {
    if (!(await this.goesOn())) return false;
    if (event.type.endsWith('.delta')) await this.writePiece(event);
    else this.write(event);
    if (this.writer.isFull) await this.writer.flush();
    return !this.parts.exchange.isOver();
  }

  private async writePiece(event: ItemEvent): Promise<void> {
    const { call } = this.parts.exchange;
    if (call.piecesSent > 0) await this.faults.spaceOut();
    this.write(this.hasObfuscation ? { ...event, obfuscation: paddingFor(event) } : event);
    call.piecesSent += 1;
  }

  /** Faults are due once for each number of pieces sent: before the next event, whatever that is. */
  private async goesOn(): Promise<boolean> {
    const { exchange, behaviour, envelope } = this.parts;
    const { piecesSent } = exchange.call;
    if (this.piecesChecked === piecesSent) return true;
    this.piecesChecked = piecesSent;
    await this.faults.pauseAfter(piecesSent);
    if (exchange.isOver()) return false;
    switch (piecesSent) {
      case behaviour.errorAfterPieces:
        this.write({ type: 'error', ...this.error() });
        await this.writer.end('failed');
        return false;
      case behaviour.failAfterPieces:
        this.write({ type: 'response.failed', response: envelope.at('failed', this.output) });
        await this.writer.end('failed');
        return false;
      default:
        return !(await this.faults.breakOffAfter(piecesSent));
    }
  }

  private error(): Record<string, unknown> {
    const { exchange, behaviour } = this.parts;
    const echoedKey = echoedKeyOf(behaviour, exchange.call.key);
    const { message, code, param } = errorObject(500, behaviour.error, echoedKey);
    return { message, code, param };
  }

  private async finish(): Promise<void> {
    const { behaviour, envelope } = this.parts;
    if (behaviour.finishReason !== null) {
      const status: ResponseStatus =
        incompleteReasonOf(behaviour) === null ? 'completed' : 'incomplete';
      this.write({ type: `response.${status}`, response: envelope.at(status, this.output) });
    }
    if (behaviour.stallAfterFinish === true) return this.writer.flush();
    if (behaviour.sendDone === true) this.writer.data('[DONE]');
    await this.writer.end('answered');
  }

  private write(event: ItemEvent): void {
    const { type, ...fields } = event;
    const numbered = { type, sequence_number: this.sequenceNumber, ...fields };
    this.sequenceNumber += 1;
    this.writer.event(type, JSON.stringify(numbered));
  }
}

/** Makes pieces alike in length, as OpenAI does against whoever only sees lengths. */
function paddingFor({ delta }: ItemEvent): string {
  const length = typeof delta === 'string' ? delta.length : 0;
  return 'x'.repeat(Math.max(0, 16 - length));
}
