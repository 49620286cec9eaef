import { Injectable } from '@nestjs/common';
import type { AppError } from '../platform/errors/app.error.js';
import { InvalidFieldError } from '../platform/errors/http.errors.js';
import { toAppError } from '../platform/errors/to-app-error.js';
import { CallerLeftError } from '../platform/http/caller-left.error.js';
import { IdSource } from '../platform/ids/id-source.js';
import { Clock } from '../platform/time/clock.js';
import { UnitOfWork } from '../platform/database/unit-of-work.js';
import { newItems } from '../conversations/item-factory.js';
import type { NewItem, RemovedItems } from '../conversations/items.repository.js';
import { TurnClaimsService } from '../conversations/turn-claims.service.js';
import type { Item } from '../models/item.js';
import { ContextWindowService, type TrimmedContext } from '../turns/context-window.service.js';
import { Settings } from '../config/settings.js';
import { UpstreamService } from '../upstreams/upstream.service.js';
import { toColumns } from '../conversations/item-mapper.js';
import { beforeLastQuestion, paramsFrom } from './regeneration.js';
import { outputItems } from './output-items.js';
import { BackgroundRuns } from './background-runs.js';
import { ResponseEvents } from './events/response-events.js';
import { cancelled, type ResponseBody } from './response-body.js';
import type { Beginning, ResponseCall } from './response-call.js';
import { ResponseGroundsService, type ResponseGround } from './response-grounds.service.js';
import { ModelRequestBuilder } from './model-request.builder.js';
import { ResponseItemIds } from './response-item-ids.js';
import { ResponseRun } from './response-run.js';
import { ResponseStore, type RecordedResponse } from './response-store.js';
import { NotInBackgroundError, ResponseNotFoundError } from './responses.errors.js';
import type { ResponseRecord } from './responses.repository.js';
import type { CreateResponseParams } from './create-response-params.js';

/** A response that is being given. */
interface Giving extends RecordedResponse {
  id: string;
  ground: ResponseGround;
  params: CreateResponseParams;
  /** The new items of its question. */
  asked: readonly NewItem[];
  input: readonly Item[];
  /** What an earlier answer consisted of, if this one takes its place. */
  removed: RemovedItems | null;
  call: ResponseCall;
}

/** Of an output, in characters, however little is kept of a conversation. */
const leastOutput = 4 * 1024 * 1024;

/**
 * Gives responses (claim, ask, and one write of the items and the response together), and ends them
 * from outside, wherever they run: the database decides, and who gives a response there is told by it.
 */
@Injectable()
export class ResponsesService {
  constructor(
    private readonly grounds: ResponseGroundsService,
    private readonly requests: ModelRequestBuilder,
    private readonly contextWindow: ContextWindowService,
    private readonly upstream: UpstreamService,
    private readonly store: ResponseStore,
    private readonly claims: TurnClaimsService,
    private readonly runs: BackgroundRuns,
    private readonly events: ResponseEvents,
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
  async create(asked: CreateResponseParams, call: ResponseCall): Promise<ResponseBody> {
    const params = this.bounded(asked);
    const id = call.background?.id ?? this.ids.next('resp');
    const ground = await this.grounds.open(params, call.abort, call.background?.id);
    try {
      const input = await this.requests.resolve(ground, params);
      const items = newItems(input, ground, new ResponseItemIds(this.ids, id));
      this.grounds.checkSize(ground, items);
      const kept = { asked: items, kept: items, removed: null };
      return await this.give({ id, ground, params, input, call, ...kept });
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
    const id = this.ids.next('resp');
    const whole = await this.grounds.open({ conversationId, previousResponseId: null }, call.abort);
    try {
      const { ground, input, removed, replaced } = beforeLastQuestion(whole);
      const before = await this.store.findGiving(conversationId, replaced);
      const like = paramsFrom(before, conversationId);
      const maxOutputTokens = this.requests.longestAnswer(like.maxOutputTokens);
      const params = { ...like, maxOutputTokens, model: model ?? before?.model ?? null, stream };
      const items = input.map(({ item }) => item);
      const kept = input.map(({ id, item }) => ({ id, status: null, ...toColumns(item) }));
      this.grounds.checkSize(ground, kept);
      return await this.give({ id, ground, params, asked: [], kept, input: items, removed, call });
    } catch (error) {
      await this.grounds.release(whole);
      throw error;
    }
  }

  /**
   * Cancels a response in the background; one that has ended stays as it is. Nothing of the turn is
   * kept, and the conversation is free at once.
   *
   * @throws ResponseNotFoundError or NotInBackgroundError
   */
  async cancel(id: string): Promise<ResponseBody> {
    const found = await this.store.getRecord(id);
    if (!found.body.background) throw new NotInBackgroundError('be cancelled');
    if (found.body.status !== 'in_progress') return found.body;
    const body = cancelled(found.body);
    const unitOfWork = this.endOfTurn(found);
    this.store.endRunning(unitOfWork, body);
    if (!(await this.store.write(unitOfWork))) return this.store.get(id);
    this.runs.stop(id);
    return body;
  }

  /** Deletes a response, and cancels it if it runs. @throws ResponseNotFoundError */
  async delete(id: string): Promise<void> {
    const unitOfWork = this.endOfTurn(await this.store.getRecord(id));
    this.store.delete(unitOfWork, id);
    if (!(await this.store.write(unitOfWork))) throw new ResponseNotFoundError(id);
    this.runs.stop(id);
    await this.events.delete(id);
  }

  /**
   * About how many tokens a response would be asked with: by its bytes, and by what the upstream
   * counted for the same conversation.
   */
  async countInput(params: CreateResponseParams): Promise<number> {
    const ground = await this.grounds.look(params);
    const input = await this.requests.resolve(ground, params);
    const told = this.requests.contextOf(ground, params, input);
    const extras = params.tools.length === 0 ? '' : JSON.stringify(params.tools);
    return this.contextWindow.estimate({ ...told, prompt: told.prompt + extras });
  }

  /** The end of its turn, if that may still run: its id is what the conversation is claimed by. */
  private endOfTurn({ id, conversationId, body }: ResponseRecord): UnitOfWork {
    const unitOfWork = new UnitOfWork();
    if (body.status === 'in_progress' && conversationId !== null) {
      this.claims.end(unitOfWork, { conversationId, claim: id });
    }
    return unitOfWork;
  }

  /** @throws InvalidFieldError for a longer answer than the operator allows */
  private bounded(params: CreateResponseParams): CreateResponseParams {
    const maxOutputTokens = this.requests.longestAnswer(params.maxOutputTokens);
    if (params.maxOutputTokens !== null && params.maxOutputTokens !== maxOutputTokens) {
      const detail = `max_output_tokens must be at most ${String(maxOutputTokens)} (V1_MAX_OUTPUT_TOKENS)`;
      throw new InvalidFieldError('max_output_tokens', 'invalid_value', detail);
    }
    return { ...params, maxOutputTokens };
  }

  private async give(giving: Giving): Promise<ResponseBody> {
    const { id, ground, params, input, call } = giving;
    const told = this.requests.contextOf(ground, params, input);
    const frame = { ...params, id, model: told.model, createdAt: this.clock.now() };
    const longest = Math.max(leastOutput, this.settings.conversations.maxBytes);
    const ids = new ResponseItemIds(this.ids, id);
    const run = new ResponseRun(frame, ids, this.clock, longest, call.take);
    let response: ResponseBody;
    try {
      if (call.background) await this.begin(run, giving, call.background);
      response = await this.contextWindow.ask(told, (kept) => {
        if (kept?.trimmedTurns) {
          call.trimmed(kept.trimmedTurns);
          run.trim(kept.trimmedTurns);
        }
        return this.ask(run, giving, kept);
      });
      await this.commit(giving, response);
    } catch (error) {
      return this.fail(run, giving, toAppError(error));
    }
    await run.end(response);
    return response;
  }

  /** A response in the background is stored, and can be followed, before anyone hears of it. */
  private async begin(
    run: ResponseRun,
    giving: Giving,
    { recordAnswer, begun }: Beginning,
  ): Promise<void> {
    const running = run.running();
    await this.store.begin(giving, running, recordAnswer);
    await run.start();
    begun(running);
  }

  private async ask(
    run: ResponseRun,
    { id, ground, params, input, call }: Giving,
    kept: TrimmedContext | null,
  ) {
    const { stream, store } = params;
    const past = kept?.said ?? ground.past.map(({ item }) => item);
    const said = [...past, ...input];
    const request = this.requests.build(ground, params, said);
    // Those that may build on it are asked with its key, which may have the prompt in its cache.
    const affinity = ground.affinity ?? (store ? id : null);
    const end = await this.upstream.ask(
      request,
      { stream, abort: call.abort, affinity },
      (events) => run.add(events),
    );
    return run.finish(end);
  }

  /** Once events were told, a failure is one too; the conversation is free again before. */
  private async fail(run: ResponseRun, giving: Giving, error: AppError): Promise<ResponseBody> {
    if (!run.hasBegun || error instanceof CallerLeftError) throw error;
    await this.grounds.release(giving.ground);
    const failed = run.failed(error);
    const response = await this.store.fail(giving, failed, this.written(giving, failed));
    // Of a deleted response nothing is told.
    if (response) await run.end(response);
    return response ?? failed;
  }

  private async commit(giving: Giving, response: ResponseBody): Promise<void> {
    const { ground, asked, removed } = giving;
    const output = outputItems(response, {
      turn: ground.turn,
      position: ground.position + asked.length,
    });
    const change = { added: [...asked, ...output], removed };
    await this.grounds.commit(ground, change, this.written(giving, response));
  }

  /** What is written of a response that ended or failed, apart from its items. */
  private written(giving: Giving, response: ResponseBody): UnitOfWork {
    const { ground, call } = giving;
    const unitOfWork = new UnitOfWork();
    this.store.end(unitOfWork, giving, response);
    if (ground.held && response.status !== 'failed') {
      this.claims.noteModel(unitOfWork, ground.held, response.model);
    }
    call.recordAnswer?.(unitOfWork, response);
    return unitOfWork;
  }
}
