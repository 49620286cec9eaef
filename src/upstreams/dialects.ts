import { Logger } from '@nestjs/common';
import type { UpstreamSettings } from '../config/settings.js';
import type { ModelRequest } from '../models/model-request.js';
import type { AnsweredError } from './dialects/answered-error.js';
import {
  chatPath,
  ChatCompletionsDialect,
} from './dialects/chat-completions/chat-completions.dialect.js';
import { CompletionsDialect } from './dialects/completions/completions.dialect.js';
import type { Dialect, RelayRequest } from './dialects/dialect.js';
import { ResponsesDialect } from './dialects/responses/responses.dialect.js';
import { isAnswer, lacksModelByName } from './retry/call-failure.js';

/** How servers say that they have no such path. */
const missing = new Set<number | undefined>([404, 405, 501]);

/**
 * Which dialect the model service is spoken to in: the one that is set, or the one that its address
 * tells, until an answer of its own says otherwise.
 */
export class Dialects {
  private readonly logger = new Logger('Upstream');
  private readonly completions = new CompletionsDialect();
  private readonly chatCompletions = new ChatCompletionsDialect();
  private readonly isSet: boolean;
  private chosen: Dialect;

  constructor({ dialect, baseUrl }: Pick<UpstreamSettings, 'dialect' | 'baseUrl'>) {
    this.isSet = dialect !== 'auto';
    this.chosen = this.create(dialect === 'auto' ? dialectAt(baseUrl) : dialect);
  }

  /** That of chats now. */
  get current(): Dialect {
    return this.chosen;
  }

  of(form: ModelRequest['form']): Dialect {
    return form === 'text' ? this.completions : this.chosen;
  }

  /** Completions and embeddings have one form only. */
  ofRelay({ path }: RelayRequest): Dialect {
    return path === chatPath ? this.chosen : this.completions;
  }

  /**
   * Speaks chat completions from now on, where a service answers that it has nothing else.
   *
   * @param spoken what it was spoken to in
   * @returns whether it is worth being asked again
   */
  fallBack(spoken: Dialect, thrown: unknown): boolean {
    if (this.isSet || !(spoken instanceof ResponsesDialect)) return false;
    if (!isMissingPath(thrown)) return false;
    // Some call an item that they do not keep not found, and do not say that it is one.
    if (isAnswer(thrown) && spoken.isAboutThoughts(thrown)) return false;
    if (this.chosen === spoken) {
      this.chosen = this.chatCompletions;
      this.logger.warn({ event: 'upstream.no_responses', dialect: this.chosen.name });
    }
    return true;
  }

  private create(name: Exclude<UpstreamSettings['dialect'], 'auto'>): Dialect {
    switch (name) {
      case 'responses':
        return new ResponsesDialect();
      case 'chat-completions':
        return this.chatCompletions;
    }
  }
}

/** Whether a server says that it has no such path. */
export function isMissingPath(thrown: unknown): boolean {
  return isAnswer(thrown) && hasNoSuchPath(thrown);
}

/** OpenAI's own service, and Azure's, have all that their Responses API has. */
function dialectAt(baseUrl: string): 'responses' | 'chat-completions' {
  const { hostname } = new URL(baseUrl);
  const isOpenAi = hostname === 'api.openai.com' || hostname.endsWith('.openai.azure.com');
  return isOpenAi ? 'responses' : 'chat-completions';
}

/** A status of a path, and not of a model or an item that the request names. */
function hasNoSuchPath(error: AnsweredError): boolean {
  const { status, param } = error;
  return missing.has(status) && !lacksModelByName(error) && (param ?? '') === '';
}
