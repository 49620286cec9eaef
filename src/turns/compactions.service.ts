import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { spoken } from '../conversations/history.js';
import { partsForCompaction, sinceCompaction } from '../models/compaction.js';
import { sizeOf } from '../models/context-window.js';
import {
  isCompaction,
  isStanding,
  type CompactionItem,
  type Item,
  type MessageItem,
} from '../models/item.js';
import type { Usage } from '../models/model-event.js';
import {
  CompactionProvider,
  compactionPrompt,
  toldSummary,
} from '../providers/compaction.provider.js';
import { isWritten } from '../providers/transcript.js';
import { UpstreamService } from '../upstreams/upstream.service.js';
import { CompactionIncompleteError, CompactionUnreadableError } from './compaction.errors.js';
import { CompactionSeal, isSealedHere, type Compacted } from './compaction-seal.js';
import { ContextLengthError } from './context-window.errors.js';
import { ContextWindowService } from './context-window.service.js';
import { TextAnswer } from './text-answer.js';
import type { PastItem, TurnContext } from './turn-context.js';

/** What a model is told: of what was said before, and what it is asked. */
export interface OpenedContext {
  context: TurnContext;
  input: readonly Item[];
}

/** What is to be summed up. */
export interface ToCompact extends OpenedContext {
  model: string;
  /** What the caller wants of the summary besides. */
  instructions: string | null;
  /** Whether a question is summed up too where there is nothing else. */
  isAllSummed: boolean;
}

/** A summary as it was made. */
export interface MadeCompaction {
  item: CompactionItem;
  usage: Usage | null;
}

/** Has models sum up what was said, and tells them of it what still counts. */
@Injectable()
export class CompactionsService {
  constructor(
    private readonly seal: CompactionSeal,
    private readonly provider: CompactionProvider,
    private readonly contextWindow: ContextWindowService,
    private readonly upstream: UpstreamService,
  ) {}

  /**
   * What a model is told of a turn: all since the newest compaction, which is opened, and what tells it
   * what to be. Kinds that continue a text have the summary in their prompt. What the model service
   * compacted by itself stays with all before it: how that is told is known where it is asked, and so
   * earlier compactions of this service are opened too, as the service may be asked with a key that
   * does not open its own.
   *
   * @throws CompactionUnreadableError
   */
  openContext(caller: Caller, context: TurnContext, input: readonly Item[]): OpenedContext {
    const asked = input.findLast(isCompaction);
    if (!asked && !context.isCompacted) return { context, input };
    const newest = asked ?? context.past.map(({ item }) => item).findLast(isCompaction);
    if (!newest) return { context, input };
    const compacted = this.openItem(caller, context, newest);
    if (!compacted) return this.withOursOpened(caller, context, input);
    const isPrompt = isWritten(context.history.kind);
    const { transcript } = context.history;
    const opened = openedItems(compacted, isPrompt);
    const past = asked
      ? context.past.filter(({ item }) => isStanding(item))
      : pastSince(context.past, opened);
    const prompt = isPrompt
      ? [transcript.prompt, toldSummary(compacted.summary)]
          .filter((text) => text !== '')
          .join('\n\n')
      : transcript.prompt;
    return {
      context: withPast(context, past, prompt),
      input: asked
        ? sinceCompaction(input).flatMap((item) => (item === asked ? opened : [item]))
        : input,
    };
  }

  /**
   * Sums up what was said, all but a question that is still to be answered.
   *
   * @returns null where there is nothing to sum up that is not a summary already
   * @throws CompactionUnreadableError, CompactionIncompleteError, or like {@link UpstreamService.ask}
   */
  async compact(
    caller: Caller,
    toCompact: ToCompact,
    abort: AbortController,
  ): Promise<MadeCompaction | null> {
    const { context, input } = toCompact;
    const whole = sinceCompaction([...context.past.map(({ item }) => item), ...input]);
    const before = whole.find(isCompaction);
    const earlier = before ? this.openHere(caller, before) : null;
    const said = whole.flatMap((item) =>
      item === before && earlier
        ? [summaryMessage('assistant', earlier), ...earlier.verbatim]
        : [item],
    );
    const sayings = said.filter((item) => !isStanding(item));
    const known = earlier ? 1 : 0;
    const parts = partsForCompaction(said);
    if (parts.summed.length > known) return this.summed(caller, toCompact, parts, abort);
    if (!toCompact.isAllSummed || sayings.length <= known) return null;
    return this.summed(caller, toCompact, { summed: sayings, verbatim: [] }, abort);
  }

  private async summed(
    caller: Caller,
    { context, model, instructions }: ToCompact,
    { summed, verbatim }: { summed: readonly Item[]; verbatim: readonly Item[] },
    abort: AbortController,
  ): Promise<MadeCompaction> {
    const answer = new TextAnswer('trimmed', () => undefined);
    const prompt = [compactionPrompt, instructions ?? ''].join('\n');
    const contextInput = {
      model,
      prompt,
      bytes: Buffer.byteLength(prompt) + sizeOf(summed),
      past: () => summed.map((item, turn) => ({ turn, item, inputTokens: null })),
      question: [],
      answerTokens: null,
      truncation: 'auto' as const,
    };
    const call = { stream: false, abort, affinity: context.affinity };
    const end = await this.contextWindow.ask(contextInput, ({ trimmed }) => {
      const items = trimmed?.said ?? summed;
      if (items.length === 0) throw nothingFits();
      const request = this.provider.request({ model, instructions, items });
      return this.upstream.ask(request, call, (events) => answer.write(events));
    });
    if (end.finish !== 'stop') throw new CompactionIncompleteError();
    const { text: summary } = await answer.finish(end);
    return { item: this.seal.seal(caller, { summary, verbatim }), usage: end.usage };
  }

  /** @returns null for what the model service itself opens */
  private openItem(
    caller: Caller,
    { history }: TurnContext,
    item: CompactionItem,
  ): Compacted | null {
    const isTheirs = !isSealedHere(item) && this.upstream.compactsItself;
    return isTheirs && !isWritten(history.kind) ? null : this.openHere(caller, item);
  }

  private withOursOpened(
    caller: Caller,
    context: TurnContext,
    input: readonly Item[],
  ): OpenedContext {
    const isOurs = (item: Item): boolean => isCompaction(item) && isSealedHere(item);
    const open = (item: Item): readonly Item[] => {
      if (!isCompaction(item) || !isSealedHere(item)) return [item];
      const compacted = this.seal.open(caller, item);
      // One that cannot be read stands for nothing, and all before it is still there.
      return compacted ? [{ ...item, opened: openedItems(compacted, false) }] : [];
    };
    if (!context.past.some(({ item }) => isOurs(item))) {
      return { context, input: input.some(isOurs) ? input.flatMap(open) : input };
    }
    const past = context.past.flatMap((one) => open(one.item).map((item) => ({ ...one, item })));
    return { context: withPast(context, past), input: input.flatMap(open) };
  }

  private openHere(caller: Caller, item: CompactionItem): Compacted {
    const compacted = this.seal.open(caller, item);
    if (!compacted) throw new CompactionUnreadableError();
    return compacted;
  }
}

function nothingFits(): ContextLengthError {
  return new ContextLengthError("What is to be summed up is too long for the model's window");
}

/** A turn behind another history than its conversation's. */
function withPast(
  context: TurnContext,
  past: readonly PastItem[],
  prompt = context.history.transcript.prompt,
): TurnContext {
  const said = { said: undefined, ...spoken(past.map(({ item }) => item)) };
  const transcript = { ...context.history.transcript, prompt, ...said };
  return { ...context, history: { ...context.history, transcript }, past };
}

/** A compaction as a model is told it. @param isPrompt where the summary is told elsewhere */
function openedItems(compacted: Compacted, isPrompt: boolean): readonly Item[] {
  return isPrompt
    ? compacted.verbatim
    : [summaryMessage('developer', compacted), ...compacted.verbatim];
}

function summaryMessage(role: 'assistant' | 'developer', { summary }: Compacted): MessageItem {
  return { type: 'message', role, content: toldSummary(summary) };
}

/** What was said since, with what the newest compaction is told as in its place. */
function pastSince(past: readonly PastItem[], opened: readonly Item[]): readonly PastItem[] {
  const newest = past.findLastIndex(({ item }) => isCompaction(item));
  const place = past[newest];
  if (!place) return past;
  const standing = past.slice(0, newest).filter(({ item }) => isStanding(item));
  const inPlace = opened.map((item) => ({ ...place, inputTokens: null, item }));
  return [...standing, ...inPlace, ...past.slice(newest + 1)];
}
