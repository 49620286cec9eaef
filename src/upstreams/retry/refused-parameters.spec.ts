import { Logger } from '@nestjs/common';
import { RecordingLogger } from '../../../test/support/recording-logger.js';
import { RefusedParameters } from './refused-parameters.js';

const wished = { max_tokens: 500, temperature: 0.9, stop: ['You:'] };

let refused: RefusedParameters;
let logger: RecordingLogger;

beforeEach(() => {
  logger = new RecordingLogger();
  Logger.overrideLogger(logger);
  refused = new RefusedParameters();
});

/** Tells of a refusal of what is sent now. */
function refuse(parameter: string | null, model = 'model-a'): boolean {
  return refused.learn(model, parameter, refused.accepted(model, wished));
}

describe('the parameters that a model takes', () => {
  it('are all, as long as it refused none', () => {
    expect(refused.accepted('model-a', wished)).toEqual(wished);
  });

  it('are those that it did not refuse', () => {
    expect(refuse('temperature')).toBe(true);
    expect(refused.accepted('model-a', wished)).toEqual({ max_tokens: 500, stop: ['You:'] });
    expect(refuse('stop')).toBe(true);
    expect(refused.accepted('model-a', wished)).toEqual({ max_tokens: 500 });
  });

  it('have max_tokens under its new name before it is left out', () => {
    expect(refuse('max_tokens')).toBe(true);
    expect(refused.accepted('model-a', wished)).toEqual({
      max_completion_tokens: 500,
      temperature: 0.9,
      stop: ['You:'],
    });
    expect(refuse('max_completion_tokens')).toBe(true);
    expect(refused.accepted('model-a', wished)).toEqual({ temperature: 0.9, stop: ['You:'] });
  });

  it('are remembered for this model only', () => {
    refuse('temperature', 'model-a');
    expect(refused.accepted('model-b', wished)).toEqual(wished);
    expect(refused.accepted('model-a', { temperature: 0.1, top_p: 1 })).toEqual({ top_p: 1 });
  });

  it('lose a parameter whose part is refused', () => {
    const sent = { ...wished, stream_options: { include_usage: true } };
    expect(refused.learn('model-a', 'stream_options.include_usage', sent)).toBe(true);
    expect(refused.accepted('model-a', sent)).toEqual(wished);
  });

  it('leave what they were made from alone', () => {
    refuse('max_tokens');
    refused.accepted('model-a', wished);
    expect(wished).toEqual({ max_tokens: 500, temperature: 0.9, stop: ['You:'] });
  });
});

describe('a refusal', () => {
  it.each([null, '', 'messages', 'model', 'top_p', 'toString', '__proto__', 'temperatur', 'max'])(
    'changes nothing when the parameter was not ours: %p',
    (parameter) => {
      expect(refuse(parameter)).toBe(false);
      expect(refused.accepted('model-a', wished)).toEqual(wished);
      expect(logger.lines).toEqual([]);
    },
  );

  it('changes nothing when the refused parameter was no longer sent', () => {
    refuse('temperature');
    expect(refuse('temperature')).toBe(false);
    refuse('max_tokens');
    expect(refuse('max_tokens')).toBe(false);
  });

  it('is worth asking again for every call that had sent the parameter', () => {
    expect(refused.learn('model-a', 'temperature', wished)).toBe(true);
    expect(refused.learn('model-a', 'temperature', wished)).toBe(true);
  });

  it('is told of once, with model and parameter', () => {
    refused.learn('model-a', 'temperature', wished);
    refused.learn('model-a', 'temperature', wished);
    expect(logger.lines).toHaveLength(1);
    expect(logger.text).toMatch(/model-a.*temperature/);
  });
});
