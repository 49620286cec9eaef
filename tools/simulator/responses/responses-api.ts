import type { Behaviour } from '../behaviour.js';
import type { Exchange } from '../exchange.js';
import type { HoldGate } from '../hold-gate.js';
import type { Refusal } from '../refusals.js';
import { isOfFamily, organizationOf } from '../service-profile.js';
import type { ServiceProfile } from '../service-profile.js';
import { holdCall, pauseFor } from '../stream-faults.js';
import type { TickWheel } from '../tick-wheel.js';
import { isTriggered, wantsCompaction } from './compaction.js';
import { partsOf } from './complete-item.js';
import { scriptFor } from './default-script.js';
import { ItemIds } from './item-ids.js';
import { itemsOf } from './items.js';
import type { Item } from './items.js';
import { makeOutput } from './model-output.js';
import type { OutputContext } from './model-output.js';
import { settingsDigest } from './prefix-digest.js';
import { ReplayCheck } from './replay.js';
import type { Replay } from './replay.js';
import { findRequestFault } from './request-rules.js';
import { ResponseEnvelope, incompleteReasonOf, usageOf } from './response-envelope.js';
import { isItem, isWait } from './script.js';
import type { ScriptedStep } from './script.js';
import { StreamedResponse } from './streamed-response.js';

/** A request that has passed all rules. */
interface Accepted {
  readonly body: Record<string, unknown>;
  readonly input: readonly Item[];
  readonly replay: Replay;
  readonly output: OutputContext;
}

/** A whole answer, a refusal, or a stream that has been written already. */
type Outcome = Refusal | null;

/** `/v1/responses`: answers items with items and keeps none of them. */
export class ResponsesApi {
  private readonly ids = new ItemIds();

  constructor(
    private readonly gate: HoldGate,
    private readonly wheel: TickWheel,
  ) {}

  async create(
    exchange: Exchange,
    behaviour: Behaviour,
    profile: ServiceProfile,
  ): Promise<Outcome> {
    const accepted = this.accept(exchange, profile, false);
    if ('status' in accepted) return accepted;
    const { body, input, replay, output } = accepted;
    const script = scriptFor(behaviour, body, input, profile);
    const compaction = wantsCompaction(body, input) ? [{ type: 'compaction' }] : [];
    const wanted = isTriggered(input) ? [{ type: 'compaction' }] : [...compaction, ...script.steps];
    const made = makeOutput(wanted, output);
    const steps = incompleteReasonOf(behaviour) === null ? made : cutShort(made);
    const envelope = new ResponseEnvelope({
      id: this.ids.next('resp'),
      createdAt: Math.floor(Date.now() / 1000),
      body,
      input,
      behaviour,
      transformations: replay.transformations,
    });
    if (body.stream !== true) return this.wholeAnswer(exchange, behaviour, envelope, steps);
    const { pieces } = script;
    const parts = { exchange, behaviour, envelope, steps, ...(pieces && { pieces }) };
    await new StreamedResponse(parts, this.gate, this.wheel).run();
    return null;
  }

  /** The caller's messages and one item in place of everything else. */
  compact(exchange: Exchange, profile: ServiceProfile): Refusal {
    const accepted = this.accept(exchange, profile, true);
    if ('status' in accepted) return accepted;
    const { input, output: context } = accepted;
    const messages = input
      .filter(({ type, role }) => type === 'message' && role === 'user')
      .map((message) => ({
        id: this.ids.next('msg'),
        status: 'completed',
        ...message,
        content: partsOf(message.content, 'input_text'),
      }));
    const output = [...messages, ...makeOutput([{ type: 'compaction' }], context)];
    return answered({
      id: this.ids.next('resp'),
      object: 'response.compaction',
      created_at: Math.floor(Date.now() / 1000),
      output,
      usage: usageOf(input, []),
    });
  }

  /** @param isCompacting the request has no settings, and keeps nothing without saying so. */
  private accept(
    { call }: Exchange,
    profile: ServiceProfile,
    isCompacting: boolean,
  ): Accepted | Refusal {
    const body = isCompacting ? { store: false, ...call.body } : call.body;
    const input = itemsOf(body.input);
    const fault = findRequestFault(body, input, profile);
    if (fault !== null) return fault;
    const { safety_identifier: endUser, include } = body;
    const maker = {
      organization: organizationOf(profile, call.key),
      model: call.model,
      endUser: typeof endUser === 'string' ? endUser : null,
    };
    const isTrailing = isOfFamily(call.model, profile.trailingInstructionsModels);
    const settings = isCompacting ? null : settingsDigest(body, isTrailing);
    const { strictness = 'off' } = profile;
    const replay = new ReplayCheck(input, { ...maker, strictness, settings }).run();
    if (replay.refusal !== null) return replay.refusal;
    const includesEncrypted =
      Array.isArray(include) && include.includes('reasoning.encrypted_content');
    const output = { ...maker, ids: this.ids, prefix: replay.prefix, includesEncrypted };
    return { body, input, replay, output };
  }

  private async wholeAnswer(
    exchange: Exchange,
    behaviour: Behaviour,
    envelope: ResponseEnvelope,
    steps: readonly ScriptedStep[],
  ): Promise<Refusal> {
    for (const step of steps.filter(isWait)) {
      if ('hold' in step) await holdCall(exchange, this.gate);
      else await pauseFor(step.pauseMs, exchange, this.wheel);
    }
    exchange.call.piecesSent = 1;
    const output = steps.filter(isItem);
    if (behaviour.failAfterPieces !== undefined) return answered(envelope.at('failed', []));
    const status = incompleteReasonOf(behaviour) === null ? 'completed' : 'incomplete';
    return answered(envelope.at(status, output));
  }
}

/** The last item of a response that is not complete is not complete either. */
function cutShort(steps: readonly ScriptedStep[]): ScriptedStep[] {
  const last = steps.findLastIndex(isItem);
  return steps.map((step, index) => {
    const isCut = index === last && isItem(step) && step.status !== undefined;
    return isCut ? { ...step, status: 'incomplete' } : step;
  });
}

function answered(value: unknown): Refusal {
  return { status: 200, body: JSON.stringify(value), contentType: 'application/json' };
}
