import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import type { Item } from '../models/item.js';
import { saidSinceCompaction } from '../models/compaction.js';
import { windowOf } from '../models/model-window.js';
import { tokensPerByte, type CountedItem } from '../models/tokens-per-byte.js';
import { sizeOf, ContextWindow } from '../models/context-window.js';
import { UpstreamRefusedError } from '../upstreams/upstream.errors.js';
import { UpstreamService } from '../upstreams/upstream.service.js';
import { ContextLengthError } from './context-window.errors.js';

/** What a model is to be told. */
export interface ContextInput {
  model: string;
  /** Bytes of all of it; most histories fit by that, and are not looked at more closely. */
  bytes: number;
  /** The history, with what the upstream counted. */
  past: () => readonly CountedItem[];
  /** Always told, like the question. */
  prompt: string;
  question: readonly Item[];
  /** The longest answer that the caller wants; null leaves some room. */
  answerTokens: number | null;
  truncation: 'auto' | 'disabled';
  /** Whether the model service makes it shorter by itself: it is cut only where that finds it too long. */
  isShortenedThere?: boolean;
  /** Whether a model service that can is asked to compact it before it has to be cut. */
  isCompactedThere?: boolean;
}

/** How much a model is told. */
export interface FittedContext {
  /** The part of the history that is told; null is all of it. */
  trimmed: TrimmedContext | null;
  /** From how many tokens on the model service is to compact it; null is never. */
  compactAt: number | null;
}

/** A part of the history. */
export interface TrimmedContext {
  said: readonly Item[];
  trimmedTurns: number;
}

/** Fewer tokens for a byte than this no language has. */
const leastTokensPerByte = 0.05;
const usualAnswerTokens = 4_096;
/** Of the window, at most so much is kept free for an answer of unknown length. */
const answerShare = 8;

/**
 * Of the room for what is told, the part from which on it is compacted: what is longer than the room can
 * be compacted no more.
 */
const compactedShare = 7 / 8;

/** Sees to it that histories longer than a model's window are asked without their oldest turns. */
@Injectable()
export class ContextWindowService {
  constructor(
    private readonly settings: Settings,
    private readonly upstream: UpstreamService,
  ) {}

  /**
   * Asks with as much of the history as fits, and once more with less where the upstream still says
   * that it was too long.
   *
   * @param ask asks the model with what is kept of the history; what it throws before the answer began
   *   may be answered by a second try
   * @throws ContextLengthError when the question alone is too long, or nothing may be left out
   */
  async ask<Answer>(
    input: ContextInput,
    ask: (fitted: FittedContext) => Promise<Answer>,
  ): Promise<Answer> {
    const compactAt = this.compactionFor(input);
    const isShort = input.bytes <= this.roomFor(input);
    const isWhole = isShort || input.isShortenedThere || compactAt !== null;
    const window = isWhole ? null : this.open(input);
    try {
      return await ask({ trimmed: window && trimmedContextOf(window), compactAt });
    } catch (error) {
      if (!isTooLong(error)) throw error;
      return await this.askAgain(input, window, ask);
    }
  }

  /** About how many tokens all of it is; exact counts are the upstream's. */
  estimate(input: ContextInput): number {
    const { prompt, model } = input;
    const past = saidSinceCompaction(input.past());
    const tokens = windowOf(model, this.settings.v1.modelWindows);
    const bytes = fixedBytes(input) + sizeOf(past.map(({ item }) => item));
    return Math.ceil(bytes * tokensPerByte(past, Buffer.byteLength(prompt), tokens));
  }

  /** Whether it is longer than so many tokens, or than the model's window. @param tokens null: only that */
  exceeds(input: ContextInput, tokens: number | null): boolean {
    const longest = Math.min(tokens ?? Number.POSITIVE_INFINITY, this.roomFor(input));
    return this.estimate(input) > longest;
  }

  private async askAgain<Answer>(
    input: ContextInput,
    before: ContextWindow | null,
    ask: (fitted: FittedContext) => Promise<Answer>,
  ): Promise<Answer> {
    if (input.past().length === 0) throw questionTooLong();
    if (input.truncation === 'disabled') throw notAllowed();
    const window = before ?? this.open(input);
    const isLess = before === null && window.trimmedTurns > 0;
    if (!isLess && !window.shrink()) throw questionTooLong();
    return ask({ trimmed: trimmedContextOf(window), compactAt: null }).catch((error: unknown) => {
      throw isTooLong(error) ? questionTooLong() : error;
    });
  }

  private open(input: ContextInput): ContextWindow {
    const { prompt, truncation } = input;
    const tokens = this.roomFor(input);
    const fixed = fixedBytes(input);
    if (fixed * leastTokensPerByte > tokens) throw questionTooLong();
    const past = saidSinceCompaction(input.past());
    const window = new ContextWindow({
      past,
      fixedBytes: fixed,
      tokens,
      tokensPerByte: tokensPerByte(past, Buffer.byteLength(prompt), tokens),
    });
    if (window.trimmedTurns > 0 && truncation === 'disabled') throw notAllowed();
    return window;
  }

  /** From how many tokens on the model service is to compact it; null where that is not needed, or none does. */
  private compactionFor(input: ContextInput): number | null {
    if (!input.isCompactedThere || !this.upstream.compactsItself) return null;
    const compactAt = Math.floor(this.roomFor(input) * compactedShare);
    return input.bytes > compactAt && this.exceeds(input, compactAt) ? compactAt : null;
  }

  /** Tokens that are left for what is told once the answer has its share of the window. */
  private roomFor({ model, answerTokens }: ContextInput): number {
    const size = windowOf(model, this.settings.v1.modelWindows);
    const forAnswer = answerTokens ?? Math.min(usualAnswerTokens, Math.floor(size / answerShare));
    return Math.max(1, size - forAnswer);
  }
}

function fixedBytes({ prompt, question }: ContextInput): number {
  return Buffer.byteLength(prompt) + sizeOf(question);
}

function trimmedContextOf(window: ContextWindow): TrimmedContext {
  return { said: window.fitting, trimmedTurns: window.trimmedTurns };
}

/** As OpenAI and the servers after its model say it. */
function isTooLong(error: unknown): boolean {
  return error instanceof UpstreamRefusedError && error.details.code === 'context_length_exceeded';
}

function questionTooLong(): ContextLengthError {
  return new ContextLengthError("The question is too long for the model's window");
}

function notAllowed(): ContextLengthError {
  return new ContextLengthError(
    'The history is too long for the model\'s window; truncation: "auto" leaves out its oldest turns',
  );
}
