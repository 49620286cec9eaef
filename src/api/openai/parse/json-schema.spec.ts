import { InvalidFieldError } from '../../../platform/errors/http.errors.js';
import { Fields } from '../../../platform/json/fields.js';
import { parseJsonSchema } from './json-schema.js';

/** A schema that is so long as JSON. */
function schemaOf(characters: number): object {
  return { description: 'x'.repeat(characters - '{"description":""}'.length) };
}

describe('a JSON schema', () => {
  it('may be absent, and is taken as it is', () => {
    expect(parseJsonSchema(new Fields({}), 'schema')).toBeNull();
    const schema = schemaOf(1_048_576);
    expect(parseJsonSchema(new Fields({ schema }), 'schema')).toBe(schema);
  });

  it('is refused when it is too long, by its name', () => {
    const fields = Fields.of({ parameters: schemaOf(1_048_577) }, 'tools[0]');
    const parse = () => parseJsonSchema(fields, 'parameters');
    expect(parse).toThrow(InvalidFieldError);
    expect(parse).toThrow('tools[0].parameters is over 1048576 characters');
  });
});
