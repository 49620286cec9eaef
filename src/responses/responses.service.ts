import { Injectable } from '@nestjs/common';
import type { AppError } from '../common/errors/app.error.js';
import { toAppError } from '../common/errors/to-app-error.js';
import { CallerLeftError } from '../common/http/caller-left.error.js';
import { IdSource } from '../common/ids/id-source.js';
import { Clock } from '../common/time/clock.js';
import { Settings } from '../config/settings.js';
import type { Statement } from '../database/database.js';
import {
  setModel,
  type NewItem,
  type RemovedItems,
} from '../conversations/conversations.repository.js';
import { newItems } from '../conversations/new-items.js';
import type { ItemBody } from '../providers/item-body.js';
import { WindowsService, type Kept } from '../turns/windows.service.js';
import type { Reader } from '../upstream/piece-reader.js';
import { UpstreamService } from '../upstream/upstream.service.js';
import type { ItemRecord } from '../conversations/conversation-records.repository.js';
import { toColumns } from '../conversations/stored-body.js';
import { beforeLastQuestion, wishLike } from './regenerated.js';
import { outputItems } from './output-bodies.js';
import type { ResponseBody, ResponseEvent, ResponseFrame } from './response-body.js';
import { ResponseGroundsService, type ResponseGround } from './response-grounds.service.js';
import { ResponseQuestionsService } from './response-questions.service.js';
import { ResponseRun } from './response-run.js';
import { insertResponse, ResponsesRepository } from './responses.repository.js';
import type { ResponseWish } from './response-wish.js';
import { StoredResponsesService } from './stored-responses.service.js';

const dayMs = 86_400_000;
/** OpenAI's limit of pairs. */
const mostMetadata = 16;

/** What a door tells of the call that it makes for its caller. */
export interface ResponseCall {
  /** Ends the call: aborted by the door when the caller leaves, with the reason. */
  abort: AbortController;
  /** Takes the events; null when the answer is wanted in one. */
  take: Reader<ResponseEvent> | null;
  /** Told before anything else when turns of the history are left out. */
  trimmed: (turns: number) => void;
  /** What is written together with the response, which has ended or failed. */
  alsoWritten: ((response: ResponseBody) => readonly Statement[]) | null;
}

/** A response that is being given. */
interface Giving {
  ground: ResponseGround;
  wish: ResponseWish;
  /** The new items of its question. */
  asked: readonly NewItem[];
  /** All items of its question. */
  kept: ItemRecord[];
  input: readonly ItemBody[];
  /** What an earlier answer consisted of, if this one takes its place. */
  removed: RemovedItems | null;
  call: ResponseCall;
}

/** Gives responses: claim, ask, and one write of the items and the response together. */
@Injectable()
export class ResponsesService {
  constructor(
    private readonly grounds: ResponseGroundsService,
    private readonly questions: ResponseQuestionsService,
    private readonly windows: WindowsService,
    private readonly upstream: UpstreamService,
    private readonly responses: ResponsesRepository,
    private readonly stored: StoredResponsesService,
    private readonly ids: IdSource,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  /**
   * Gives a response. Its items and itself are committed before its last event is told.
   *
   * @returns the response, also one that failed after its first event was told
   * @throws AppError what it failed with before, and the conversation is as it was
   */
  async create(wish: ResponseWish, call: ResponseCall): Promise<ResponseBody> {
    const ground = await this.grounds.open(wish, call.abort);
    try {
      const input = this.questions.resolve(ground, wish);
      this.grounds.checkSize(ground, input);
      const asked = newItems(input, ground, this.ids);
      return await this.give({ ground, wish, asked, kept: asked, input, removed: null, call });
    } catch (error) {
      await this.grounds.release(ground);
      throw error;
    }
  }

  /**
   * Answers the last question of a conversation again, as the response before did where there was
   * one. The old answer stays until the new one is there; its response can still be retrieved.
   *
   * @param model null is the one used before
   * @throws DialogEmptyError when nothing was asked yet, and like {@link create}
   */
  async regenerate(
    conversationId: string,
    { model, stream }: { model: string | null; stream: boolean },
    call: ResponseCall,
  ): Promise<ResponseBody> {
    const whole = await this.grounds.open({ conversationId, previousResponseId: null }, call.abort);
    try {
      const { ground, input, removed, replaced } = beforeLastQuestion(whole);
      const before = await this.stored.findGiving(conversationId, replaced);
      const wish = {
        ...wishLike(before, conversationId),
        model: model ?? before?.model ?? null,
        stream,
      };
      const bodies = input.map(({ body }) => body);
      const kept = input.map(({ id, body }) => ({ id, status: null, ...toColumns(body) }));
      return await this.give({ ground, wish, asked: [], kept, input: bodies, removed, call });
    } catch (error) {
      await this.grounds.release(whole);
      throw error;
    }
  }

  private async give(giving: Giving): Promise<ResponseBody> {
    const { ground, wish, input, call } = giving;
    const told = this.questions.tell(ground, wish, input);
    const id = this.ids.next('resp');
    const attempt: { run: ResponseRun | null } = { run: null };
    let response: ResponseBody;
    try {
      response = await this.windows.ask(told, (kept) => {
        if (kept?.trimmedTurns) call.trimmed(kept.trimmedTurns);
        const run = new ResponseRun(
          frameOf(id, told.model, wish, kept?.trimmedTurns ?? 0, this.clock.now()),
          this.ids,
          this.clock,
          call.take,
        );
        attempt.run = run;
        return this.ask(run, giving, kept);
      });
      await this.commit(giving, response);
    } catch (error) {
      return this.fail(attempt.run, giving, toAppError(error));
    }
    await attempt.run?.end(response);
    return response;
  }

  private async ask(run: ResponseRun, { ground, wish, input, call }: Giving, kept: Kept | null) {
    const stream = call.take !== null;
    const past = kept?.said ?? ground.past.map(({ body }) => body);
    const said = [...past, ...input];
    const request = this.questions.toRequest(ground, wish, said, stream);
    const affinity = wish.conversationId;
    await this.upstream.forward(request, { stream, abort: call.abort, affinity }, ({ value }) =>
      run.add(value),
    );
    return run.finish();
  }

  /** Once events were told, a failure is one too; the conversation is free again before. */
  private async fail(run: ResponseRun | null, giving: Giving, error: AppError) {
    if (!run?.hasBegun || error instanceof CallerLeftError) throw error;
    await this.grounds.release(giving.ground);
    const response = run.failed(error);
    await this.responses.write([
      ...this.statementsOf(giving, response),
      ...alsoWritten(giving, response),
    ]);
    run.tellFailed(response);
    return response;
  }

  private async commit(giving: Giving, response: ResponseBody): Promise<void> {
    const { ground, asked, removed } = giving;
    const output = outputItems(response, {
      turn: ground.turn,
      position: ground.position + asked.length,
    });
    const change = { added: [...asked, ...output], removed };
    await this.grounds.commit(ground, change, [
      ...this.statementsOf(giving, response),
      ...usedModel(ground, response.model),
      ...alsoWritten(giving, response),
    ]);
  }

  private statementsOf({ ground, wish, kept }: Giving, body: ResponseBody): Statement[] {
    const { responseTtlDays } = this.settings.v1;
    const record = {
      id: body.id,
      conversationId: wish.conversationId,
      previousResponseId: wish.previousResponseId,
      afterItemId: ground.held ? (ground.past.at(-1)?.id ?? null) : null,
      body,
      input: kept,
    };
    const timeToLiveMs = responseTtlDays === 0 ? null : responseTtlDays * dayMs;
    return wish.store ? [insertResponse(record, timeToLiveMs)] : [];
  }
}

function alsoWritten({ call }: Giving, response: ResponseBody): readonly Statement[] {
  return call.alsoWritten?.(response) ?? [];
}

function frameOf(
  id: string,
  model: string,
  wish: ResponseWish,
  trimmedTurns: number,
  createdAt: number,
): ResponseFrame {
  const hasRoom = Object.keys(wish.metadata).length < mostMetadata;
  const metadata =
    trimmedTurns > 0 && hasRoom
      ? { ...wish.metadata, 'x-context-trimmed': String(trimmedTurns) }
      : wish.metadata;
  return { ...wish, id, model, createdAt, metadata };
}

/** A conversation made at door 2 goes on with the model that it was asked with last. */
function usedModel({ history, held }: ResponseGround, model: string): Statement[] {
  if (!held || history.model === null || history.model === model) return [];
  return [setModel(held.conversationId, model)];
}
