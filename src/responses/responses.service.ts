import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
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
import { isCompactionTrigger, type Item } from '../models/item.js';
import { CompactionsService, type OpenedContext } from '../turns/compactions.service.js';
import { ContextWindowService, type ContextInput } from '../turns/context-window.service.js';
import { Settings } from '../config/settings.js';
import { toColumns } from '../conversations/item-mapper.js';
import { beforeLastQuestion } from '../turns/last-question.js';
import type { TurnContext } from '../turns/turn-context.js';
import { TurnEngine, type TurnPlan, type TurnSource } from '../turns/turn-engine.js';
import { paramsFrom } from './regeneration.js';
import { outputItems } from './output-items.js';
import { AutomaticCompaction } from './compaction-automatic.js';
import { BackgroundRuns } from './background-runs.js';
import { ResponseEvents } from './events/response-events.js';
import { cancelled, type ResponseBody } from './response-body.js';
import type { ResponseCall } from './response-call.js';
import { ResponseHistory } from './response-history.js';
import { ModelRequestBuilder } from './model-request.builder.js';
import { responseId, ResponseItemIds } from './response-item-ids.js';
import { ResponseRun } from './response-run.js';
import { ResponseStore, type RecordedResponse } from './response-store.js';
import { NotInBackgroundError, ResponseNotFoundError } from './responses.errors.js';
import type { ResponseRecord } from './responses.repository.js';
import type { CreateResponseParams } from './create-response-params.js';

/** How the last question is answered again; all but these as it was before. */
export interface RegenerateParams {
  /** Null is the one used before. */
  model: string | null;
  stream: boolean;
  contextManagement: readonly unknown[] | null;
  passedOn: Readonly<Record<string, unknown>>;
}

/** A response that is asked for, with all that is known of it before it runs. */
interface AskedResponse extends Omit<RecordedResponse, 'run'> {
  caller: Caller;
  id: string;
  context: TurnContext;
  params: CreateResponseParams;
  /** The new items of its question. */
  asked: readonly NewItem[];
  input: readonly Item[];
  /** What an earlier answer consisted of, if this one takes its place. */
  removed: RemovedItems | null;
  call: ResponseCall;
}

/** One that runs. */
interface RunningResponse extends AskedResponse {
  /** What its model is told, unless that is shortened. */
  opened: OpenedContext;
  contextInput: ContextInput;
  run: ResponseRun;
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
    private readonly engine: TurnEngine,
    private readonly history: ResponseHistory,
    private readonly requests: ModelRequestBuilder,
    private readonly contextWindow: ContextWindowService,
    private readonly compactions: CompactionsService,
    private readonly automatic: AutomaticCompaction,
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
  async create(
    caller: Caller,
    asked: CreateResponseParams,
    call: ResponseCall,
  ): Promise<ResponseBody> {
    const params = this.bounded(asked);
    const id = call.background?.id ?? responseId(this.ids, params.conversationId);
    const source = this.history.sourceOf(caller, params, call.background?.id);
    return this.run(caller, source, call, async (context) => {
      const input = await this.requests.resolve(caller, context, params);
      // What asks for a compaction is no part of what is said.
      const said = input.filter((item) => !isCompactionTrigger(item));
      const items = newItems(said, context, new ResponseItemIds(this.ids, id));
      return {
        caller,
        id,
        context,
        params,
        asked: items,
        storedInput: items,
        input,
        removed: null,
        call,
      };
    });
  }

  /**
   * Answers the last question of a conversation again, as the response before did where there was
   * one, but for what the caller wants otherwise. The old answer stays until the new one is there; its response can still be retrieved.
   *
   * @throws DialogEmptyError when nothing was asked yet, and like {@link create}
   */
  async regenerate(
    caller: Caller,
    conversationId: string,
    { stream, model, ...wanted }: RegenerateParams,
    call: ResponseCall,
  ): Promise<ResponseBody> {
    const id = responseId(this.ids, conversationId);
    return this.run(caller, { conversationId }, call, async (whole) => {
      const { context, input, removed, replaced } = beforeLastQuestion(whole);
      const before = await this.store.findGiving(caller, conversationId, replaced);
      const like = paramsFrom(before, conversationId);
      const maxOutputTokens = this.requests.longestAnswer(like.maxOutputTokens);
      const params = {
        ...like,
        maxOutputTokens,
        model: model ?? before?.body.model ?? null,
        passedOn: { ...like.passedOn, ...wanted.passedOn },
        contextManagement: wanted.contextManagement ?? like.contextManagement ?? null,
        stream,
      };
      const items = input.map(({ item }) => item);
      const storedInput = input.map(({ id: itemId, item }) => {
        return { id: itemId, status: null, ...toColumns(item) };
      });
      return { caller, id, context, params, asked: [], storedInput, input: items, removed, call };
    });
  }

  /**
   * Cancels a response in the background; one that has ended stays as it is. Nothing of the turn is
   * kept, and the conversation is free at once.
   *
   * @throws ResponseNotFoundError or NotInBackgroundError
   */
  async cancel(caller: Caller, id: string): Promise<ResponseBody> {
    const found = await this.store.getRecord(caller, id);
    if (!found.body.background) throw new NotInBackgroundError('be cancelled');
    if (found.body.status !== 'in_progress') return found.body;
    const body = cancelled(found.body);
    const unitOfWork = this.endOfTurn(caller, found);
    this.store.endRunning(caller, unitOfWork, body);
    if (!(await this.store.write(unitOfWork))) return this.store.get(caller, id);
    this.runs.stop(id);
    return body;
  }

  /** Deletes a response, and cancels it if it runs. @throws ResponseNotFoundError */
  async delete(caller: Caller, id: string): Promise<void> {
    const unitOfWork = this.endOfTurn(caller, await this.store.getRecord(caller, id));
    this.store.delete(caller, unitOfWork, id);
    if (!(await this.store.write(unitOfWork))) throw new ResponseNotFoundError(id);
    this.runs.stop(id);
    await this.events.delete(id);
  }

  /**
   * About how many tokens a response would be asked with: by its bytes, and by what the upstream
   * counted for the same conversation.
   */
  async countInput(caller: Caller, params: CreateResponseParams): Promise<number> {
    const context = await this.history.look(caller, params);
    const input = await this.requests.resolve(caller, context, params);
    const opened = this.compactions.openContext(caller, context, input);
    const contextInput = this.requests.contextOf(opened.context, params, opened.input);
    const extras = params.tools.length === 0 ? '' : JSON.stringify(params.tools);
    return this.contextWindow.estimate({ ...contextInput, prompt: contextInput.prompt + extras });
  }

  /** The end of its turn, if that may still run: its id is what the conversation is claimed by. */
  private endOfTurn(caller: Caller, { id, conversationId, body }: ResponseRecord): UnitOfWork {
    const unitOfWork = new UnitOfWork();
    if (body.status === 'in_progress' && conversationId !== null) {
      this.claims.end(caller, unitOfWork, { conversationId, claim: id });
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

  private async run(
    caller: Caller,
    source: TurnSource,
    call: ResponseCall,
    ask: (context: TurnContext) => AskedResponse | Promise<AskedResponse>,
  ): Promise<ResponseBody> {
    const begun: { response: RunningResponse | null } = { response: null };
    let ended: ResponseBody;
    try {
      ended = await this.engine.run(caller, source, call.abort, async (context) => {
        begun.response = this.running(await ask(context));
        return this.plan(begun.response);
      });
    } catch (error) {
      if (!begun.response) throw error;
      return this.fail(begun.response, toAppError(error));
    }
    await begun.response?.run.end(ended);
    return ended;
  }

  private running(asked: AskedResponse): RunningResponse {
    const { caller, id, context, params, input, call } = asked;
    const opened = this.compactions.openContext(caller, context, input);
    const contextInput = this.requests.contextOf(opened.context, params, opened.input);
    const envelope = { ...params, id, model: contextInput.model, createdAt: this.clock.now() };
    const longest = Math.max(leastOutput, this.settings.conversations.maxBytes);
    const ids = new ResponseItemIds(this.ids, id);
    const run = new ResponseRun(envelope, ids, this.clock, longest, call.write);
    return { ...asked, opened, contextInput, run };
  }

  private plan(response: RunningResponse): TurnPlan<ResponseBody> {
    const {
      caller,
      id,
      context,
      params,
      asked,
      storedInput,
      removed,
      call,
      opened,
      contextInput,
      run,
    } = response;
    const { turn } = context;
    const position = context.position + asked.length;
    const { input } = response;
    const { abort } = call;
    const compact = this.automatic.triggered(caller, { context, input, contextInput, abort });
    return {
      context,
      contextInput,
      request: this.requests.buildFor(opened, params),
      shorten: async () => {
        const made = await this.automatic.compact(caller, {
          context,
          input,
          params,
          contextInput,
          abort,
        });
        if (made) await run.compact(made.item);
        return made;
      },
      ...(compact ? { instead: async () => run.answerCompaction(await compact()) } : {}),
      stream: params.stream,
      // Those that may build on it are asked with its key, which may have the prompt in its cache.
      affinity: context.affinity ?? (params.store ? id : null),
      trimmed: (turns) => {
        call.trimmed(turns);
        run.trim(turns);
      },
      sink: run,
      ...(call.background ? { begin: () => this.begin(response, call.background) } : {}),
      storedInput,
      asked,
      removed,
      itemsOf: (body) => outputItems(body, run.origins, { turn, position }),
      unitOfWork: (body) => this.written(response, body),
    };
  }

  /** A response in the background is stored, and can be followed, before anyone hears of it. */
  private async begin(
    response: RunningResponse,
    background: ResponseCall['background'],
  ): Promise<void> {
    const { run } = response;
    const running = run.running();
    await this.store.begin(response.caller, response, running, background?.recordAnswer ?? null);
    await run.start();
    background?.begun(running);
  }

  /** Once events were told, a failure is one too; the conversation is free by then. */
  private async fail(response: RunningResponse, error: AppError): Promise<ResponseBody> {
    const { caller, run } = response;
    if (!run.hasBegun || error instanceof CallerLeftError) throw error;
    const failed = run.failed(error);
    const stored = await this.store.fail(caller, response, failed, this.written(response, failed));
    // Of a deleted response nothing is told.
    if (stored) await run.end(stored);
    return stored ?? failed;
  }

  /** What is written of a response that ended or failed, apart from its items. */
  private written(response: RunningResponse, body: ResponseBody): UnitOfWork {
    const { caller, context, call } = response;
    const unitOfWork = new UnitOfWork();
    this.store.end(caller, unitOfWork, response, body);
    if (context.held && body.status !== 'failed') {
      this.claims.noteModel(context.held, unitOfWork, body.model);
    }
    call.recordAnswer?.(unitOfWork, body);
    return unitOfWork;
  }
}
