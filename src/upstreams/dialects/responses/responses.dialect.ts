import type { ModelRequest } from '../../../models/model-request.js';
import type { AnsweredError } from '../answered-error.js';
import { ChatCompletionsDialect } from '../chat-completions/chat-completions.dialect.js';
import type {
  AnswerDecoder,
  Decoder,
  Dialect,
  EventFilter,
  Exchangeable,
  RawAnswer,
  Recipient,
  RelayRequest,
} from '../dialect.js';
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
    const { cacheKey } = request;
    const asked = requestFields(sampling, wanted, { stream, cacheKey }, recipient.refused);
    const standing = instructions.map((content) => ({
      ...{ type: 'message' as const, role: 'developer' as const },
      content,
    }));
    const { tools, text, reasoning, safety_identifier: user } = asked.fields;
    const settings = JSON.stringify([
      ...[model, tools, text, reasoning, user],
      takesInstructionsLast(model) ? null : instructionsOnce,
    ]);
    const { input, prefix } = replay([...standing, ...items], settings, recipient);
    const once = instructionsOnce === undefined ? {} : { instructions: instructionsOnce };
    return {
      request: {
        path: '/responses',
        body: { model, ...once, input, ...asked.fields },
        added: asked.added,
        expendable: asked.expendable,
      },
      decoder: new ResponseDecoder(prefix),
    };
  }

  relay(request: RelayRequest, recipient: Recipient): Exchangeable<Decoder<readonly RawAnswer[]>> {
    return new ChatCompletionsDialect().relay(request, recipient);
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

/** As services say that a thought is not theirs, or misses what belongs to it. */
const aboutThoughts =
  /encrypted content .*could not be|without its required|Item with id '\w+' not found|prefix of .*reasoning|reasoning .*prefix/i;
