import { wordsOf } from '../../../models/item.js';
import type { ModelEvent } from '../../../models/model-event.js';
import type { ModelRequest } from '../../../models/model-request.js';
import type { JsonObject } from '../../../platform/json/fields.js';
import { ChoiceDecoder, textIn } from '../chat-completions/choice-decoder.js';
import { encodeSampling } from '../chat-completions/encode-sampling.js';
import type { AnswerDecoder, Dialect, EncodedRequest } from '../dialect.js';

/** The completions API, which continues a text: of self-hosted servers and old models. */
export class CompletionsDialect implements Dialect {
  encode(request: ModelRequest, stream: boolean, refused: ReadonlySet<string>): EncodedRequest {
    const { model, items, sampling, wanted } = request;
    const prompt = items.map((item) => (item.type === 'message' ? wordsOf(item.content) : ''));
    const { reasoning_effort, ...taken } = wanted ?? {};
    const parameters = encodeSampling(sampling, taken, stream, refused);
    return {
      path: '/completions',
      body: { model, prompt: prompt.join(''), ...parameters.fields, ...(stream ? { stream } : {}) },
      added: parameters.added,
      expendable: parameters.expendable,
    };
  }

  decoder(): AnswerDecoder {
    return new CompletionsDecoder();
  }
}

class CompletionsDecoder extends ChoiceDecoder {
  protected override piecesOf({ text }: JsonObject): readonly ModelEvent[] {
    const said = textIn(text);
    return said === '' ? [] : [{ type: 'text', text: said, logprobs: [] }];
  }
}
