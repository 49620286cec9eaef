import { Injectable, type PipeTransform } from '@nestjs/common';
import { InvalidInputError } from '../../../platform/errors/http.errors.js';
import type { Place } from '../../../platform/database/keyset.js';
import type { KeyFilter } from '../../../keys/key-list.repository.js';
import { keySources, keyStates } from '../../../keys/key-state.js';
import { readLabel } from './key-input.js';

const defaultLimit = 50;
const mostKeys = 200;
const names = ['state', 'source', 'label', 'limit', 'cursor'];

/** The query of GET /admin/keys. */
@Injectable()
export class KeyFilterPipe implements PipeTransform<Record<string, unknown>, KeyFilter> {
  transform(query: Record<string, unknown>): KeyFilter {
    const { state, source, label, limit, cursor } = textsOf(query);
    return {
      ...(state === undefined ? {} : { state: choice('state', state, keyStates) }),
      ...(source === undefined ? {} : { source: choice('source', source, keySources) }),
      ...(label === undefined ? {} : { label: readLabel(label, 'label') }),
      limit: limit === undefined ? defaultLimit : readLimit(limit),
      ...(cursor === undefined ? {} : { after: readCursor(cursor) }),
    };
  }
}

/** @throws InvalidInputError for a parameter that is not known or comes twice */
function textsOf(query: Record<string, unknown>): Record<string, string | undefined> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(query)) {
    if (!names.includes(name)) {
      throw new InvalidInputError(`Unknown query parameter: ${name.slice(0, 64)}`);
    }
    if (typeof value !== 'string') throw new InvalidInputError(`${name} must be given once`);
    texts[name] = value;
  }
  return texts;
}

/** Where the next page goes on. */
export function cursorOf({ createdAt, id }: Place): string {
  return Buffer.from(`${createdAt} ${id}`, 'utf8').toString('base64url');
}

function readCursor(cursor: string): Place {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const [, createdAt, id] = /^(\d{1,15}) (key_\w{1,64})$/.exec(text) ?? [];
  if (createdAt === undefined || id === undefined) {
    throw new InvalidInputError('cursor must be the nextCursor of an earlier answer');
  }
  return { createdAt: Number(createdAt), id };
}

function readLimit(limit: string): number {
  const number = Number(limit);
  if (/^\d{1,3}$/.test(limit) && number >= 1 && number <= mostKeys) return number;
  throw new InvalidInputError(`limit must be a whole number from 1 to ${mostKeys}`);
}

function choice<Choice extends string>(
  name: string,
  value: string,
  choices: readonly Choice[],
): Choice {
  const chosen = choices.find((candidate) => candidate === value);
  if (chosen !== undefined) return chosen;
  throw new InvalidInputError(`${name} must be one of ${choices.join(', ')}`);
}
