import { Logger } from '@nestjs/common';
import { RecordingLogger } from '../../../test/support/recording-logger.js';
import { Adaptation, RefusedParameters } from './refused-parameters.js';

const all = ['max_tokens', 'temperature', 'top_p', 'presence_penalty', 'stop', 'stream_options'];

let known: RefusedParameters;
let logger: RecordingLogger;

beforeEach(() => {
  logger = new RecordingLogger();
  Logger.overrideLogger(logger);
  known = new RefusedParameters();
});

interface Refusal {
  reason?: string;
  parameter?: string | null;
  isExplained?: boolean;
}

/** One call of a model, of whose names it sends those that are not refused. */
class Call {
  private readonly adaptation: Adaptation;

  constructor(
    model = 'model-a',
    private readonly names: readonly string[] = all,
  ) {
    this.adaptation = new Adaptation(known, model);
  }

  get sent(): string[] {
    return this.names.filter((name) => !this.adaptation.refused.has(name));
  }

  refused({ reason = 'Bad request', parameter = null, isExplained = false }: Refusal): boolean {
    return this.adaptation.adapt(
      { reason, parameter, isAboutValue: false, isExplained },
      { added: this.sent, expendable: ['stream_options'] },
    );
  }

  succeeded(): void {
    this.adaptation.succeeded(this.sent);
  }
}

function without(...names: string[]): string[] {
  return all.filter((name) => !names.includes(name));
}

describe('a refusal that names a parameter of ours', () => {
  it.each([
    ['temperature', 'temperature'],
    ['stream_options.include_usage', 'stream_options'],
    ['body.stream_options', 'stream_options'],
    ['presencePenalty', 'presence_penalty'],
  ])('teaches to leave it out at once, and for good: %s', (parameter, name) => {
    const call = new Call();
    expect(call.refused({ parameter })).toBe(true);
    expect(call.sent).toEqual(without(name));
    expect(new Call().sent).toEqual(without(name));
    expect(new Call('model-b').sent).toEqual(all);
  });

  it.each(['messages.0.role', 'messages[0].role', 'developer'])(
    'may name the place of its value: %s',
    (parameter) => {
      const call = new Call('model-a', ['developer', 'extra_content']);
      expect(call.refused({ parameter })).toBe(true);
      expect(call.sent).toEqual(['extra_content']);
    },
  );

  it('is told of once, with model and parameter', () => {
    const one = new Call();
    const other = new Call();
    one.refused({ parameter: 'temperature' });
    expect(other.sent).toEqual(without('temperature'));
    one.refused({ parameter: 'temperature' });
    expect(logger.lines).toHaveLength(1);
    expect(logger.text).toMatch(/model-a.*temperature/);
  });

  it.each(['', 'messages', 'model', 'n', 'toString', '__proto__', 'temperatur', 'max'])(
    'is not one of another name: %p',
    (parameter) => {
      const call = new Call();
      expect(call.refused({ parameter })).toBe(false);
      expect(call.sent).toEqual(all);
      expect(logger.lines).toEqual([]);
    },
  );
});

describe('a refusal that says a name in words only', () => {
  it.each([
    ['Unrecognized request argument supplied: stream_options', 'stream_options'],
    ['Argument not supported on this model: presencePenalty', 'presence_penalty'],
    ["Unsupported value: 'temperature' does not support 0.9 with this model.", 'temperature'],
    ['Unknown fields: top_p', 'top_p'],
  ])('is believed once the request is served without it: %s', (reason, name) => {
    const call = new Call();
    expect(call.refused({ reason })).toBe(true);
    expect(call.sent).toEqual(without(name));
    expect(new Call().sent).toEqual(all);
    call.succeeded();
    expect(new Call().sent).toEqual(without(name));
  });

  it.each(['Please stop asking.', 'What a temperature today'])(
    'is not one with the word in a sentence: %s',
    (reason) => {
      expect(new Call('m', ['stop', 'temperature']).refused({ reason, isExplained: true })).toBe(
        false,
      );
    },
  );
});

describe('a refusal that names nothing', () => {
  it('is first tried without the usage of streams, then without anything that is ours', () => {
    const call = new Call();
    expect(call.refused({})).toBe(true);
    expect(call.sent).toEqual(without('stream_options'));
    expect(call.refused({})).toBe(true);
    expect(call.sent).toEqual([]);
    expect(call.refused({})).toBe(false);
    expect(new Call().sent).toEqual(all);
  });

  it('teaches what was left out when that is served', () => {
    const call = new Call();
    call.refused({});
    call.succeeded();
    expect(new Call().sent).toEqual(without('stream_options'));
  });

  it('is about the request where it says what is wrong', () => {
    expect(new Call().refused({ isExplained: true })).toBe(false);
  });

  it('is about the request where its words have nothing of parameters', () => {
    expect(new Call().refused({ reason: 'Too many words.' })).toBe(false);
  });

  it('is about the request where the model took the same before', () => {
    new Call().succeeded();
    expect(new Call().refused({})).toBe(false);
    expect(new Call('model-b').refused({})).toBe(true);
  });
});
