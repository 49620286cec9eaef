import type { Sampling, WantedAnswer } from '../../../models/model-request.js';
import { encodeSampling } from './encode-sampling.js';

function encoded(
  sampling: Sampling,
  wanted: WantedAnswer = {},
  refused: readonly string[] = [],
  stream = false,
) {
  return encodeSampling(sampling, wanted, stream, new Set(refused));
}

const everything = {
  temperature: 0.5,
  top_p: 1,
  frequency_penalty: 0,
  presence_penalty: 0.6,
  stop: ['You:'],
  reasoning_effort: 'low',
};

describe('how an answer is sampled', () => {
  it('is not said where nothing is asked for', () => {
    expect(encoded({})).toEqual({ fields: {}, added: [], expendable: [], asked: [] });
  });

  it('may be taken back where the service chose it', () => {
    const { fields, added, expendable } = encoded({ ...everything, max_output_tokens: 5 });
    expect(fields).toEqual({ ...everything, max_tokens: 5 });
    expect([...added].sort()).toEqual(['max_tokens', ...Object.keys(everything)].sort());
    expect(expendable).toEqual([]);
  });

  it.each(Object.keys(everything))('is left out where the model refuses it: %s', (name) => {
    const { fields, added } = encoded(everything, {}, [name]);
    const rest = Object.entries(everything).filter(([other]) => other !== name);
    expect(fields).toEqual(Object.fromEntries(rest));
    expect(added).toEqual(rest.map(([other]) => other));
  });

  it('is said as the caller wants it, though the model refuses it', () => {
    const wanted = { ...everything, temperature: 2, stop: [] };
    expect(encoded(everything, wanted, Object.keys(everything))).toEqual({
      ...{ fields: wanted, added: [], expendable: [], asked: [] },
    });
  });

  it('is the caller’s 0 too', () => {
    expect(encoded(everything, { temperature: 0 }).fields).toHaveProperty('temperature', 0);
  });

  it('has fields that are handed on', () => {
    const wanted = { temperature: 0.1, passthrough: { seed: 1, user: null } };
    expect(encoded({}, wanted).fields).toEqual({ temperature: 0.1, seed: 1, user: null });
  });
});

describe('the length of an answer', () => {
  const older = 'max_tokens';
  const newer = 'max_completion_tokens';

  it.each<[string, string[], object]>([
    ['the name that most servers know', [], { [older]: 5 }],
    ['the newer name where that is refused', [older], { [newer]: 5 }],
    ['the older name where the newer is refused', [newer], { [older]: 5 }],
    ['no name where both are refused', [older, newer], {}],
  ])('has %s, whoever asked for it', (_what, refused, fields) => {
    const added = Object.keys(fields);
    const expected = { fields, added, expendable: [], asked: [] };
    expect(encoded({ max_output_tokens: 5 }, {}, refused)).toEqual(expected);
    const asked = encoded({ max_output_tokens: 9 }, { max_output_tokens: 5 }, refused);
    expect(asked).toEqual({ ...expected, asked: added });
  });
});

describe('a stream', () => {
  it('is asked what it cost, which is missed least', () => {
    expect(encoded({ top_p: 1 }, {}, [], true)).toEqual({
      fields: { top_p: 1, stream_options: { include_usage: true } },
      added: ['top_p', 'stream_options'],
      expendable: ['stream_options'],
      asked: [],
    });
  });

  it('is not asked where the model refuses it', () => {
    expect(encoded({}, {}, ['stream_options'], true)).toEqual(encoded({}));
  });
});

describe('what a caller passes on', () => {
  it('is its own word, which the service does not take back', () => {
    expect(encoded({ stop: ['You:'], top_p: 1 }, { passthrough: { stop: 5 } })).toEqual({
      fields: { top_p: 1, stop: 5 },
      added: ['top_p'],
      expendable: [],
      asked: [],
    });
  });
});
