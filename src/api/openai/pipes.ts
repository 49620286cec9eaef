import { Injectable, type PipeTransform } from '@nestjs/common';
import { Settings } from '../../config/settings.js';
import { Fields } from '../../platform/json/fields.js';
import type { NewConversation } from '../../conversations/conversations.service.js';
import type { InputItem } from '../../conversations/input-item.js';
import { longestName } from '../../models/item.js';
import type { CompactParams } from '../../responses/compaction.service.js';
import type { CreateResponseParams } from '../../responses/create-response-params.js';
import type { RegenerateParams } from '../../responses/responses.service.js';
import {
  mostDays,
  passwordRule,
  titleRule,
  type ShareOptions,
} from '../../sharing/share-options.js';
import { parseCompactParams } from './parse/compact-params.js';
import { parseInputItems, requiredItems } from './parse/input-items.js';
import { parseMetadata } from './parse/metadata.js';
import {
  parseContextManagement,
  parseCreateResponseParams,
} from './parse/create-response-params.js';
import { parsePassthrough, passthroughNames } from './parse/passthrough.js';

const mostItems = 20;
const longestIdleSeconds = 1_000_000_000;

/** The body of a conversation's creation. */
@Injectable()
export class NewConversationPipe implements PipeTransform<Fields, NewConversation> {
  transform(body: Fields): NewConversation {
    body.allow(new Set(['metadata', 'items']));
    const metadata = parseMetadata(body) ?? {};
    const items = parseInputItems(body.list('items', mostItems) ?? [], 'items');
    return { metadata, items, expiresAfterSeconds: expiresAfterSeconds(body, metadata) };
  }
}

/** Our own use of metadata, so that the official client can say it. */
function expiresAfterSeconds(body: Fields, metadata: Record<string, string>): number | null {
  const value = metadata['expires_after_seconds'];
  if (value === undefined) return null;
  const seconds = Number(value);
  if (/^\d+$/.test(value) && seconds <= longestIdleSeconds) return seconds;
  throw body.fault(
    'metadata.expires_after_seconds',
    'invalid_value',
    `metadata.expires_after_seconds must be a whole number from 0 to ${longestIdleSeconds}`,
  );
}

/** The body of a conversation's update: metadata, which must be there and may be null. */
@Injectable()
export class ConversationMetadataPipe implements PipeTransform<Fields, Record<string, string>> {
  transform(body: Fields): Record<string, string> {
    body.allow(new Set(['metadata']));
    if (Object.hasOwn(body.object, 'metadata')) return parseMetadata(body) ?? {};
    const detail = "Missing required parameter: 'metadata'.";
    throw body.fault('metadata', 'missing_required_parameter', detail);
  }
}

/** The body that adds items to a conversation. */
@Injectable()
export class NewItemsPipe implements PipeTransform<Fields, InputItem[]> {
  transform(body: Fields): InputItem[] {
    body.allow(new Set(['items']));
    return requiredItems(body, 'items', mostItems);
  }
}

/** The body of a response's creation. */
@Injectable()
export class CreateResponsePipe implements PipeTransform<Fields, CreateResponseParams> {
  constructor(private readonly settings: Settings) {}

  transform(body: Fields): CreateResponseParams {
    return parseCreateResponseParams(body, this.settings.v1.strict);
  }
}

/** The body that has what was said compacted. */
@Injectable()
export class CompactPipe implements PipeTransform<Fields, CompactParams> {
  constructor(private readonly settings: Settings) {}

  transform(body: Fields): CompactParams {
    return parseCompactParams(body, this.settings.v1.strict);
  }
}

/** How a stored response is wanted. */
export interface RetrieveQuery {
  stream: boolean;
  /** The number of the last event that the caller has; -1 is none. */
  startingAfter: number;
}

/** Reads `stream` and `starting_after` of a query, which only a stream goes by. */
@Injectable()
export class RetrievePipe implements PipeTransform<object, RetrieveQuery> {
  transform(query: object): RetrieveQuery {
    const fields = new Fields({ ...query });
    const after = fields.text('starting_after');
    if (after !== null && !/^\d{1,9}$/.test(after)) {
      throw fields.fault('starting_after', 'invalid_value', 'starting_after must be a number');
    }
    return {
      stream: fields.choice('stream', ['true', 'false']) === 'true',
      startingAfter: after === null ? -1 : Number(after),
    };
  }
}

/** The body of a regeneration. */
@Injectable()
export class RegeneratePipe implements PipeTransform<Fields, RegenerateParams> {
  transform(body: Fields): RegenerateParams {
    body.allow(new Set(['model', 'stream', 'context_management', ...passthroughNames]));
    return {
      model: body.text('model', longestName),
      stream: body.flag('stream') ?? false,
      contextManagement: parseContextManagement(body),
      passedOn: parsePassthrough(body),
    };
  }
}

/** The body of a fork: the last item that it has, null for all of them. */
@Injectable()
export class ForkPipe implements PipeTransform<Fields, string | null> {
  transform(body: Fields): string | null {
    body.allow(new Set(['up_to']));
    return body.text('up_to', longestName);
  }
}

/** The body that shares a conversation. */
@Injectable()
export class SharePipe implements PipeTransform<Fields, ShareOptions> {
  transform(body: Fields): ShareOptions {
    body.allow(new Set(['title', 'expires_in_days', 'password', 'show_prompt']));
    return {
      title: textBy(titleRule, body, 'title')?.trim(),
      password: textBy(passwordRule, body, 'password'),
      expiresInDays: body.integer('expires_in_days', { min: 1, max: mostDays }) ?? undefined,
      showPrompt: body.flag('show_prompt') ?? undefined,
    };
  }
}

function textBy(
  { pattern, sentence }: typeof titleRule,
  body: Fields,
  name: string,
): string | undefined {
  const text = body.text(name);
  if (text !== null && !pattern.test(text)) throw body.fault(name, 'invalid_value', sentence);
  return text ?? undefined;
}

/** Reads `shares` of a query: whether a conversation's shares are deleted with it. */
@Injectable()
export class DeleteSharesPipe implements PipeTransform<object, boolean> {
  transform(query: object): boolean {
    return new Fields({ ...query }).choice('shares', ['keep', 'delete']) === 'delete';
  }
}
