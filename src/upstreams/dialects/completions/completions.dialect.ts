import { wordsOf } from '../../../models/item.js';
import type { ModelEvent } from '../../../models/model-event.js';
import type { ModelRequest } from '../../../models/model-request.js';
import type { JsonObject } from '../../../platform/json/fields.js';
import { ChoiceDecoder, textIn } from '../chat-completions/choice-decoder.js';
import { encodeSampling } from '../chat-completions/encode-sampling.js';
import { ChatCompletionsDialect } from '../chat-completions/chat-completions.dialect.js';
import type { AnswerDecoder, EncodedRequest, Exchangeable, Recipient } from '../dialect.js';

/** The completions API, which continues a text: of self-hosted servers and old models. */
export class CompletionsDialect extends ChatCompletionsDialect {
  override ask(
    request: ModelRequest,
    stream: boolean,
    { refused }: Recipient,
  ): Exchangeable<AnswerDecoder> {
    return { request: encode(request, stream, refused), decoder: new CompletionsDecoder() };
  }
}

function encode(
  { model, items, sampling, wanted }: ModelRequest,
  stream: boolean,
  refused: ReadonlySet<string>,
): EncodedRequest {
  const prompt = items.map((item) => (item.type === 'message' ? wordsOf(item.content) : ''));
  const { reasoning_effort, ...taken } = wanted ?? {};
  const { fields, ...parameters } = encodeSampling(sampling, taken, stream, refused);
  return {
    path: '/completions',
    body: { model, prompt: prompt.join(''), ...fields, ...(stream ? { stream } : {}) },
    ...parameters,
  };
}

class CompletionsDecoder extends ChoiceDecoder {
  protected override piecesOf({ text }: JsonObject): ModelEvent[] {
    const said = textIn(text);
    return said === '' ? [] : [{ type: 'text', text: said, logprobs: [] }];
  }

  /** Nothing of a text waits for more. */
  protected override addRest(): void {
    return;
  }
}
