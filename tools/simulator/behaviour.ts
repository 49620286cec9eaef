import type { ScriptedStep } from './responses/script.js';

/** What one upstream call shall do; everything left out is what a healthy server does. */
export interface Behaviour {
  /** A string, or the exact pieces when streamed (plain: joined). Lone surrogate halves are sent escaped. */
  answer?: string | string[];
  /** Instead of `answer`: so many pieces of `pieceBytes` (12) bytes; see `generatedPiece`. */
  pieces?: number;
  pieceBytes?: number;
  /** The model calls these functions, before anything it says; `finishReason` is then 'tool_calls'. */
  toolCalls?: { id: string; name: string; arguments: string; type?: 'function' | 'custom' }[];
  /** At `/v1/responses`, instead of `answer` and `toolCalls`: what the model does, item by item. */
  output?: ScriptedStep[];
  /** At `/v1/responses`: fields of the response object, over those that it has anyway. */
  responseFields?: Record<string, unknown>;
  /**
   * 'stop' unless said; null = never sent (null in a plain answer). At `/v1/responses` anything but 'stop'
   * and 'tool_calls' makes the response incomplete for this reason, 'length' for 'max_output_tokens'; null
   * leaves the stream without an end.
   */
  finishReason?: string | null;
  /** The finish_reason rides in the same chunk as the last piece. */
  finishWithLastPiece?: boolean;
  /** From 400 on: refuses with this status and an error object; below, only the status of the answer. */
  status?: number;
  /** Fields left out follow from the status. Without `status`: 500, or the object of `errorAfterPieces`. */
  error?: {
    message: string;
    type?: string | null;
    param?: string | null;
    code?: string | null;
  };
  /** Refuses as a Responses service does, with what this name stands for. */
  failure?: ResponseFailure;
  /** Further response headers, for every kind of answer. */
  headers?: Record<string, string>;
  /** Sent verbatim, with `status` or 200. */
  rawBody?: string;
  contentType?: string;
  /** 400 whose param is the first of these names that the body has. */
  refuseParameters?: string[];
  firstByteDelayMs?: number;
  /** Of a stream whose headers have gone out. */
  firstEventDelayMs?: number;
  /** Between two pieces. */
  pieceDelayMs?: number;
  /** Accepts and stays silent. */
  neverAnswer?: boolean;
  /** Resets the connection before any answer. */
  resetConnection?: boolean;
  /** So many pieces, then silence for ever. */
  stallAfterPieces?: number;
  /** So many pieces, then the socket is destroyed. */
  cutAfterPieces?: number;
  /** So many pieces, then a clean end of the body without finish_reason. */
  endAfterPieces?: number;
  /** So many pieces, then a chunk of broken JSON, then the rest as usual. */
  malformedAfterPieces?: number;
  /** So many pieces, then `data: {"error":…}` (an `error` event at `/v1/responses`) and a clean end. */
  errorAfterPieces?: number;
  /** At `/v1/responses`: so many pieces, then `response.failed` with `error`; a plain response has failed. */
  failAfterPieces?: number;
  /** Not streamed: the full content-length is promised, the socket destroyed after so many bytes. */
  cutPlainBodyAfterBytes?: number;
  omitDone?: boolean;
  /** At `/v1/responses`, whose streams have no `[DONE]`. */
  sendDone?: boolean;
  omitUsage?: boolean;
  /** Silent after the finish_reason. */
  stallAfterFinish?: boolean;
  /** Writes a stream in slices of so many bytes, each a socket write of its own, cutting anywhere. */
  sliceBytes?: number;
  lineEnding?: '\n' | '\r\n';
  /** A `: ping` comment between pieces. */
  commentEveryPiece?: boolean;
  /** Waits for `release()` before answering. */
  holdBeforeAnswer?: boolean;
  /** So many pieces, then waits for `release()`. */
  holdAfterPieces?: number;
  /** Error messages contain the caller's key. */
  echoKey?: boolean;
  /** The rule falls away after so many calls. */
  times?: number;
}

type ResponseFailure =
  | 'reasoning_without_following_item'
  | 'function_call_without_reasoning'
  | 'message_without_reasoning'
  | 'item_not_found'
  | 'invalid_encrypted_content'
  | 'tool_output_without_call'
  | 'tool_call_without_output'
  | 'duplicate_item'
  | 'responses_only_model'
  | 'tools_with_effort';

/** Which calls a rule is about; a field left out matches everything. `path` with or without `/v1`. */
export interface BehaviourTarget {
  key?: string;
  model?: string;
  path?: string;
}

/** What of a call the choice of its rule depends on. */
export interface CallFacts {
  readonly key: string;
  readonly model: string;
  readonly path: string;
}

interface Rule {
  readonly behaviour: Behaviour;
  readonly target: BehaviourTarget;
  remaining: number;
}

const healthy: Behaviour = {};

/** The rules in force: the latest that matches wins, alone; rules are not merged. */
export class BehaviourRules {
  private rules: Rule[] = [];

  add(behaviour: Behaviour, target: BehaviourTarget): void {
    const remaining = behaviour.times ?? Number.POSITIVE_INFINITY;
    if (remaining > 0) this.rules.push({ behaviour, target, remaining });
  }

  clear(): void {
    this.rules = [];
  }

  /** Uses up one of the winning rule's `times`. */
  take(call: CallFacts): Behaviour {
    const rule = this.rules.findLast(({ target }) => isAbout(target, call));
    if (rule === undefined) return healthy;
    rule.remaining -= 1;
    if (rule.remaining <= 0) this.rules = this.rules.filter((other) => other !== rule);
    return rule.behaviour;
  }
}

function isAbout(target: BehaviourTarget, call: CallFacts): boolean {
  const { key, model, path } = target;
  return (
    (key === undefined || key === call.key) &&
    (model === undefined || model === call.model) &&
    (path === undefined || path === call.path || `/v1${path}` === call.path)
  );
}
