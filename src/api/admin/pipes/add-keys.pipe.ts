import { Injectable, type PipeTransform } from '@nestjs/common';
import { InvalidInputError } from '../../../platform/errors/http.errors.js';
import { parseJsonObject } from '../../../platform/http/json-object.js';
import type { NewKey } from '../../../keys/keys.service.js';
import { checkNames, readLabel, readSecret } from './key-input.js';

const mostKeys = 1_000;

/** The keys of POST /admin/keys. Wrong ones are named by their place, because they are secrets. */
@Injectable()
export class AddKeysPipe implements PipeTransform<string, NewKey[]> {
  transform(body: string): NewKey[] {
    const given = parseJsonObject(body);
    checkNames(given, ['keys']);
    const { keys } = given;
    if (!Array.isArray(keys) || keys.length === 0 || keys.length > mostKeys) {
      throw new InvalidInputError(`keys must be an array of 1 to ${mostKeys} keys`);
    }
    return keys.map((key: unknown, index) => newKey(key, `keys[${index}]`));
  }
}

function newKey(given: unknown, place: string): NewKey {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new InvalidInputError(`${place} must be an object with a secret`);
  }
  checkNames(given, ['secret', 'label'], `${place}.`);
  const label: unknown = Reflect.get(given, 'label');
  return {
    secret: readSecret(Reflect.get(given, 'secret'), `${place}.secret`),
    label: label === undefined || label === null ? null : readLabel(label, `${place}.label`),
  };
}
