import { Logger } from '@nestjs/common';
import { AnsweredError } from './dialects/answered-error.js';
import { Dialects } from './dialects.js';

const openAi = 'https://api.openai.com/v1';
const elsewhere = 'http://localhost:11434/v1';

function dialects(dialect: 'auto' | 'responses' | 'chat-completions', baseUrl = openAi): Dialects {
  return new Dialects({ dialect, baseUrl });
}

const notFound = new AnsweredError(404, { detail: 'Not Found' }, undefined, undefined);
const answered = (status: number | undefined, error: object = {}) =>
  new AnsweredError(status, { error: { message: 'No', ...error } }, undefined, undefined);

let warned: jest.SpyInstance;

beforeEach(() => {
  warned = jest.spyOn(Logger.prototype, 'warn').mockImplementation();
});
afterEach(() => {
  warned.mockRestore();
});

describe('the dialect of chats', () => {
  it.each([
    ['auto', openAi, 'responses'],
    ['auto', 'https://mine.openai.azure.com/openai/v1', 'responses'],
    ['auto', elsewhere, 'chat-completions'],
    ['auto', 'https://api.openai.com.example.com/v1', 'chat-completions'],
    ['responses', elsewhere, 'responses'],
    ['chat-completions', openAi, 'chat-completions'],
  ] as const)('is, set to %s at %s, %s', (setting, baseUrl, name) => {
    const chosen = dialects(setting, baseUrl);
    expect(chosen.current.name).toBe(name);
    expect(chosen.of('chat')).toBe(chosen.current);
    const relayed = { model: 'm', body: {} };
    expect(chosen.ofRelay({ path: '/chat/completions', ...relayed })).toBe(chosen.current);
    for (const path of ['/completions', '/embeddings'] as const) {
      expect(chosen.ofRelay({ path, ...relayed })).toBe(chosen.of('text'));
    }
    expect(chosen.of('text')).not.toBe(chosen.current);
  });

  it.each([notFound, answered(405), answered(501)])(
    'becomes chat completions, once and aloud, where the service has nothing else',
    (thrown) => {
      const chosen = dialects('auto');
      const spoken = chosen.current;
      expect(chosen.fallBack(spoken, thrown)).toBe(true);
      expect(chosen.current.name).toBe('chat-completions');
      // A call that was under way at the time.
      expect(chosen.fallBack(spoken, thrown)).toBe(true);
      expect(warned.mock.calls).toEqual([
        [{ event: 'upstream.no_responses', dialect: 'chat-completions' }],
      ]);
      expect(chosen.fallBack(chosen.current, thrown)).toBe(false);
    },
  );

  it.each([
    answered(404, { code: 'model_not_found' }),
    answered(404, { code: 'DeploymentNotFound' }),
    answered(404, { param: 'input' }),
    answered(404, { message: "Item with id 'rs_1' not found." }),
    answered(400),
    answered(500),
    answered(undefined),
    new Error('No answer'),
  ])('stays for everything else', (thrown) => {
    const chosen = dialects('auto');
    expect(chosen.fallBack(chosen.current, thrown)).toBe(false);
    expect(chosen.current.name).toBe('responses');
    expect(warned).not.toHaveBeenCalled();
  });

  it('stays where it was set', () => {
    const chosen = dialects('responses');
    expect(chosen.fallBack(chosen.current, notFound)).toBe(false);
    expect(chosen.current.name).toBe('responses');
  });
});
