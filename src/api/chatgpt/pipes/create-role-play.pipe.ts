import { Injectable, type PipeTransform } from '@nestjs/common';
import { InvalidInputError } from '../../../platform/errors/http.errors.js';
import { CreateRolePlayDto } from '../dto/create-role-play.dto.js';
import { parseJsonObject } from '../../../platform/http/json-object.js';
import { looksLikeJson, toDto } from './json-object.js';

/** More than there are; counted before anything is made of them. */
const mostFields = 16;

/** JSON when the first character that is not blank is `{`, else a form. */
@Injectable()
export class CreateRolePlayPipe implements PipeTransform<string, CreateRolePlayDto> {
  transform(body: string): CreateRolePlayDto {
    return toDto(CreateRolePlayDto, looksLikeJson(body) ? parseJsonObject(body) : parseForm(body));
  }
}

/** `application/x-www-form-urlencoded`, in which every value is text. */
function parseForm(body: string): Record<string, unknown> {
  if (body.split('&', mostFields + 1).length > mostFields) {
    throw new InvalidInputError(`The form has more than ${mostFields} fields`);
  }
  const fields = [...new URLSearchParams(body.trim())];
  const names = new Set<string>();
  for (const [name] of fields) {
    if (names.has(name)) throw new InvalidInputError(`${name.slice(0, 64)} is given twice`);
    names.add(name);
  }
  return Object.fromEntries(
    fields.map(([name, value]) => [name, name === 'stream' ? booleanOf(value) : value]),
  );
}

function booleanOf(value: string): unknown {
  return value === 'true' || value === 'false' ? value === 'true' : value;
}
