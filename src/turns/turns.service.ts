import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { spoken } from '../conversations/history.js';
import { conversationItemIds } from '../conversations/conversation-item-ids.js';
import { newItems } from '../conversations/item-factory.js';
import type { NewItem } from '../conversations/items.repository.js';
import type { ClaimedConversation } from '../conversations/turn-claims.service.js';
import type { Item, MessageRole } from '../models/item.js';
import type { ModelRequest } from '../models/model-request.js';
import { UnitOfWork } from '../platform/database/unit-of-work.js';
import { IdSource } from '../platform/ids/id-source.js';
import { ModelProviders } from '../providers/model-providers.js';
import { isWritten, type Transcript } from '../providers/transcript.js';
import { beforeLastQuestion } from './last-question.js';
import { defaultUpstream } from '../upstreams/upstream.service.js';
import { countedPlace } from './compaction-seal.js';
import { CompactionsService } from './compactions.service.js';
import { TextAnswer, type Answer } from './text-answer.js';
import type { TurnCall } from './turn-call.js';
import type { TurnContext } from './turn-context.js';
import { TurnEngine, type TurnPlan } from './turn-engine.js';

/** A question, and all that it is asked behind. */
interface AskedTurn {
  context: TurnContext;
  /** Up to and with the question. */
  transcript: Transcript;
  input: readonly Item[];
}

/** Turns of conversations in words, as the `/chatgpt` API has them. */
@Injectable()
export class TurnsService {
  constructor(
    private readonly engine: TurnEngine,
    private readonly providers: ModelProviders,
    private readonly compactions: CompactionsService,
    private readonly ids: IdSource,
  ) {}

  /**
   * Asks a new question. Resolves once question and answer are committed.
   *
   * @throws AppError, and the conversation is as it was
   */
  async chat(
    caller: Caller,
    conversationId: string,
    question: string,
    call: TurnCall,
  ): Promise<void> {
    await this.engine.run(caller, { conversationId }, call.abort, (whole) => {
      const asks: Item[] = [{ type: 'message', role: 'user', content: question }];
      const { context, input } = this.compactions.openContext(caller, whole, asks);
      const { transcript } = context.history;
      const asked = { context, transcript: withQuestion(transcript, question), input };
      const item = this.message('user', question, context, 0);
      return { ...this.plan(asked, call, 1), storedInput: [item], asked: [item], removed: null };
    });
  }

  /**
   * Asks the last question again. The old answer stays until the new one is there; a question that
   * has none yet gets one.
   *
   * @throws AppError, and the conversation is as it was
   */
  async regenerate(caller: Caller, conversationId: string, call: TurnCall): Promise<void> {
    await this.engine.run(caller, { conversationId }, call.abort, (whole) => {
      const { context: before, input: asked, removed } = beforeLastQuestion(whole);
      const items = asked.map(({ item }) => item);
      const { context, input } = this.compactions.openContext(caller, before, items);
      const past = context.past.map(({ item }) => item);
      const transcript = { ...context.history.transcript, ...saidIn([...past, ...input]) };
      const storedInput = asked.map(({ item }) => ({ content: JSON.stringify(item) }));
      return {
        ...this.plan({ context, transcript, input }, call, 0),
        storedInput,
        asked: [],
        removed,
      };
    });
  }

  private plan(
    { context, transcript, input }: AskedTurn,
    call: TurnCall,
    asked: number,
  ): Omit<TurnPlan<Answer>, 'storedInput' | 'asked' | 'removed'> {
    const { text, recordAnswer } = call;
    const { history } = heldBy(context);
    const stream = call.stream || history.stream;
    const whole = this.requestFor(context, transcript);
    return {
      context,
      contextInput: {
        model: whole.model,
        // An image is told at another length than it is stored at.
        bytes: transcript.said ? Number.POSITIVE_INFINITY : storedBytes(context, input),
        past: () => context.past,
        prompt: transcript.prompt,
        question: input,
        answerTokens: null,
        truncation: 'auto',
        isCompactedThere: !isWritten(history.kind),
      },
      request: (trimmed) => {
        if (!trimmed) return whole;
        const fitted = { ...transcript, ...saidIn([...trimmed.said, ...input]) };
        return this.requestFor(context, fitted);
      },
      stream,
      affinity: context.affinity,
      trimmed: (turns) => {
        text.trimmed(turns);
      },
      begin: () => {
        text.start(stream);
        return Promise.resolve();
      },
      sink: new TextAnswer(stream ? 'stream' : 'trimmed', (piece) => text.write(piece)),
      itemsOf: (answer) => {
        const counted = countedPlace(answer.items ?? []);
        return this.answerItems(answer, context, asked).map((item, index) => ({
          ...item,
          inputTokens: index === counted ? (answer.usage?.inputTokens ?? null) : null,
          outputTokens: index === 0 ? (answer.usage?.outputTokens ?? null) : null,
          upstream: defaultUpstream,
          model: whole.model,
        }));
      },
      unitOfWork: () => recorded(recordAnswer),
    };
  }

  private requestFor({ history }: TurnContext, transcript: Transcript): ModelRequest {
    const { kind, model } = history;
    const request = this.providers.of(kind).request(transcript);
    return model === null ? request : { ...request, model };
  }

  /** The words of a text that was to be continued; of a chat, all that its service made. */
  private answerItems(
    { text, items }: Answer,
    context: TurnContext,
    behind: number,
  ): readonly NewItem[] {
    const { turn, position } = context;
    if (!items || isWritten(context.history.kind)) {
      return [this.message('assistant', text, context, behind)];
    }
    return newItems(items, { turn, position: position + behind }, this.idsIn(context));
  }

  private idsIn(context: TurnContext): IdSource {
    return conversationItemIds(this.ids, heldBy(context).conversationId);
  }

  private message(role: MessageRole, text: string, context: TurnContext, behind: number): NewItem {
    const { turn, position } = context;
    return {
      id: this.idsIn(context).next('item'),
      turn,
      position: position + behind,
      kind: 'message',
      role,
      content: JSON.stringify(text),
      status: null,
      inputTokens: null,
      outputTokens: null,
      upstream: null,
      model: null,
    };
  }
}

/** Turns in words are those of conversations alone. */
function heldBy({ held }: TurnContext): ClaimedConversation {
  if (!held) throw new TypeError('No conversation is held');
  return held;
}

function withQuestion(transcript: Transcript, question: string): Transcript {
  const { said, sentences } = transcript;
  return {
    ...transcript,
    sentences: [...sentences, { role: 'user', text: question }],
    said: said && [...said, { type: 'message', role: 'user', content: question }],
  };
}

/** Everything as a transcript has it; what stood there before is no more. */
function saidIn(items: readonly Item[]): Pick<Transcript, 'sentences' | 'said'> {
  return { said: undefined, ...spoken(items) };
}

/** At most so many bytes are told: what is stored of an item is longer than what is told of it. */
function storedBytes({ history, stored }: TurnContext, input: readonly Item[]): number {
  const past = stored.reduce((sum, { bytes }) => sum + bytes, 0);
  const asked = input.reduce((sum, item) => sum + Buffer.byteLength(JSON.stringify(item)), 0);
  return Buffer.byteLength(history.transcript.prompt) + past + asked;
}

/** What is written together with the turn. */
function recorded(recordAnswer: TurnCall['recordAnswer']): UnitOfWork {
  const unitOfWork = new UnitOfWork();
  recordAnswer?.(unitOfWork);
  return unitOfWork;
}
