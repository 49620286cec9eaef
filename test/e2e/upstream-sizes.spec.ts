import type { Behaviour } from '../../tools/simulator/behaviour.js';
import { adminVariables, Operator } from '../support/admin.js';
import { readEventStream, type Answer } from '../support/caller.js';
import { useService } from '../support/use-service.js';

const streamed = { accept: 'text/event-stream' };
const keys = { OPENAI_API_KEYS: 'sk-sizes-0001,sk-sizes-0002' };
const { service, caller } = useService({ ...keys, ...adminVariables });
const operator = new Operator(service);

function ask(headers: Record<string, string> = {}): Promise<Answer> {
  return caller.post('quickAnswer', '{"question":"hello"}', headers);
}

describe('what an answer may be', () => {
  it.each<[string, Behaviour]>([
    ['70 MiB at once', { rawBody: 'x'.repeat(70 * 1024 * 1024) }],
    ['an error of 5 MiB', { status: 500, rawBody: 'x'.repeat(5 * 1024 * 1024) }],
    ['70 MiB in pieces', { pieces: 1_120, pieceBytes: 65_536 }],
  ])('is not %s', async (_, behaviour) => {
    service.simulator.behave(behaviour);
    const params =
      behaviour.pieces === undefined && !Array.isArray(behaviour.answer) ? {} : streamed;
    const answer = await ask(params);
    if (answer.status === 200) expect(readEventStream(answer.text).error).not.toBeNull();
    else expect(answer.status).toBe(502);
    service.simulator.reset();
    expect((await ask()).status).toBe(200);
    expect(await operator.states()).toEqual({ '0001': 'active', '0002': 'active' });
  });

  it.each<[string, Behaviour]>([
    ['5 MiB at once', { answer: 'x'.repeat(5 * 1024 * 1024) }],
    ['a line of 2 MiB', { answer: ['x'.repeat(2 * 1024 * 1024)] }],
  ])('is %s', async (_, behaviour) => {
    service.simulator.behave(behaviour);
    const params = Array.isArray(behaviour.answer) ? streamed : {};
    const answer = await ask(params);
    expect([answer.status, answer.text.length > 2 * 1024 * 1024]).toEqual([200, true]);
  });

  it('is 20 MiB in pieces', async () => {
    service.simulator.behave({ pieces: 1_280, pieceBytes: 16_384 });
    const { text } = await ask(streamed);
    expect(readEventStream(text)).toMatchObject({ done: true, error: null });
    expect(readEventStream(text).text).toHaveLength(20 * 1024 * 1024);
  });
});
