import { hash } from 'node:crypto';
import type { MessageItem } from '../../../models/item.js';
import type { ModelRequest } from '../../../models/model-request.js';
import { hasExactNumbers } from '../../../platform/json/exact-numbers.js';
import { isJsonObject } from '../../../platform/json/fields.js';
import type { AnsweredError } from '../answered-error.js';
import type {
  AnswerDecoder,
  Dialect,
  EventFilter,
  Exchangeable,
  Relay,
  Recipient,
  RelayRequest,
} from '../dialect.js';
import { ChatAnswerDecoder } from './chat/chat-answer-decoder.js';
import { chatRequest } from './chat/chat-request.js';
import { ResponseCompactionDecoder } from './compaction-decoder.js';
import { ResponseEventFilter } from './event-filter.js';
import { takesInstructionsLast } from './model-family.js';
import { replay } from './replay.js';
import { requestFields } from './request-fields.js';
import { ResponseDecoder } from './response-decoder.js';

/**
 * OpenAI's Responses API, of OpenAI, Azure and others, asked so that the service keeps nothing: all
 * that was said goes with every request, and all that it answers is kept here.
 */
export class ResponsesDialect implements Dialect {
  readonly name = 'responses';

  ask(request: ModelRequest, stream: boolean, recipient: Recipient): Exchangeable<AnswerDecoder> {
    const { model, instructions, instructionsOnce, items, sampling, wanted = {} } = request;
    const { compactAt = null } = request;
    const { refused, affinity } = recipient;
    const cacheKey = affinity === null ? null : cacheKeyOf(affinity);
    const asked = requestFields(sampling, wanted, { stream, cacheKey, compactAt }, refused);
    const { tools, text, reasoning, safety_identifier: user } = asked.fields;
    const once = takesInstructionsLast(model) ? undefined : instructionsOnce;
    const settings = () =>
      settingsText({ model, tools, text, thinking: thinkingOf(reasoning), user, once });
    const { input, prefix } = replay([...standing(instructions), ...items], settings, recipient);
    const own = instructionsOnce === undefined ? {} : { instructions: instructionsOnce };
    return {
      request: {
        path: '/responses',
        body: { model, ...own, input, ...asked.fields },
        added: asked.added,
        expendable: asked.expendable,
      },
      decoder: new ResponseDecoder(prefix, stream),
    };
  }

  compact(
    { model, instructions, instructionsOnce, items }: ModelRequest,
    recipient: Recipient,
  ): Exchangeable<ResponseCompactionDecoder> {
    const { input } = replay([...standing(instructions), ...items], () => '', recipient);
    const once = instructionsOnce === undefined ? {} : { instructions: instructionsOnce };
    return {
      request: {
        path: '/responses/compact',
        body: { model, ...once, input },
        ...{ added: [], expendable: [] },
      },
      decoder: new ResponseCompactionDecoder(),
    };
  }

  relay({ body, maxOutputTokens = null }: RelayRequest): Relay {
    const translated = chatRequest(body, body['stream'] === true);
    const isExact = hasExactNumbers(translated);
    // The bound is the operator's where the caller said nothing.
    const bound = maxOutputTokens === null ? {} : { [length]: maxOutputTokens };
    return ({ refused }) => {
      const added = refused.has(length) ? {} : bound;
      const names = Object.keys(added);
      return {
        request: {
          ...{ path: '/responses', body: { ...translated, ...added }, isExact },
          ...{ added: names, expendable: [], asked: names },
        },
        decoder: new ChatAnswerDecoder(body),
      };
    };
  }

  filter(secret: string): EventFilter {
    return new ResponseEventFilter(secret);
  }

  isAboutThoughts({ code, reason }: AnsweredError): boolean {
    return code === 'invalid_encrypted_content' || aboutThoughts.test(reason);
  }

  /** It has all that there is. */
  check(): void {
    return undefined;
  }
}

/** How it is to think, apart from what it tells of that. */
function thinkingOf(reasoning: unknown): unknown {
  return isJsonObject(reasoning) ? { ...reasoning, summary: null, generate_summary: null } : null;
}

/** What all that a model is told begins with, as one text: the same however it is written down. */
function settingsText(settings: object): string {
  return JSON.stringify(settings, (_name, value: unknown) => {
    if (!isJsonObject(value)) return value;
    const members = Object.entries(value).filter(([, member]) => member !== null);
    return Object.fromEntries(members.sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}

/** The prompt, which goes as items: so that what follows it stays the same whatever one call wants. */
function standing(instructions: readonly string[]): MessageItem[] {
  return instructions.map((content) => ({ type: 'message', role: 'developer', content }));
}

/** Tells conversations apart, and is no way to one: ids are not for others. */
function cacheKeyOf(affinity: string): string {
  return hash('sha256', affinity, 'base64url').slice(0, cacheKeyLength);
}

const cacheKeyLength = 22;

const length = 'max_output_tokens';

/** As services say that a thought is not theirs, or misses what belongs to it. */
const aboutThoughts =
  /encrypted content .*could not be|without its required|Item with id '\w+' not found|prefix of .*reasoning|reasoning .*prefix/i;
