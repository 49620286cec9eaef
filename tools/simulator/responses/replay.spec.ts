import { ask, responseIn } from '../simulator-client.js';
import type { ResponseBody } from '../simulator-client.js';
import type { ServiceProfile } from '../service-profile.js';
import { startSimulator } from '../simulator.js';
import type { Simulator } from '../simulator.js';
import { unseal } from './sealed-content.js';

let simulator: Simulator;

const organizations = { 'sk-a': 'org-a', 'sk-b': 'org-b' };
const strict: ServiceProfile = { strictness: 'strict', organizations, reasoningModels: ['gpt-6'] };
const dropping: ServiceProfile = { ...strict, strictness: 'dropping' };

beforeAll(async () => {
  simulator = await startSimulator({ profile: strict });
});

afterEach(() => {
  simulator.reset();
});

afterAll(() => simulator.close());

type Fields = Record<string, unknown>;

const stateless = { store: false, include: ['reasoning.encrypted_content'] };
const hello = { role: 'user', content: 'Hello' };
const goOn = { role: 'user', content: 'Go on' };

function send(input: Fields[], body: Fields = {}, key = 'sk-a'): Promise<Response> {
  return ask(simulator, { ...stateless, input, ...body }, { path: '/responses', key });
}

/** What is wrong with an input, as the simulator says it; '' when nothing is. */
async function faultOf(input: Fields[], body: Fields = {}, key?: string): Promise<string> {
  const answer = await send(input, body, key);
  if (answer.ok) return '';
  const { error } = (await answer.json()) as { error: { message: string; code: string | null } };
  return `${answer.status} ${error.code ?? ''} ${error.message}`;
}

async function firstTurn(body: Fields = {}): Promise<Fields[]> {
  const { output } = await responseIn(await send([hello], body));
  return [hello, ...output];
}

/** A turn in which the model thinks, calls a function, and waits for what it gives. */
async function callingTurn(): Promise<{ reasoning: Fields; call: Fields; output: Fields }> {
  simulator.behave({ output: [{ type: 'reasoning' }, { type: 'function_call' }], times: 1 });
  const [, reasoning = {}, call = {}] = await firstTurn();
  return { reasoning, call, output: outputOf(call) };
}

function outputOf(call: Fields): Fields {
  return { type: 'function_call_output', call_id: call.call_id, output: '42' };
}

function withoutIds(items: Fields[]): Fields[] {
  return items.map(({ id, ...item }) => item);
}

describe('a stateless conversation', () => {
  it('goes on when all of it comes back, with or without ids', async () => {
    const { reasoning, call, output } = await callingTurn();
    const items = [hello, reasoning, call, output];
    expect(await faultOf(items)).toBe('');
    expect(await faultOf(withoutIds(items))).toBe('');
    const { output: said } = await responseIn(await send(items));
    expect(await faultOf([...items, ...said, goOn])).toBe('');
  });

  it('keeps what is bound to reasoning when messages come in another form', async () => {
    const [, reasoning = {}, message = {}] = await firstTurn();
    const input = [
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] },
    ];
    const [{ text } = { text: '' }] = message.content as { text: string }[];
    const said = { role: 'assistant', content: text };
    const next = await responseIn(await send([...input, reasoning, said, goOn]));
    expect(await faultOf([hello, reasoning, message, goOn, ...next.output, goOn])).toBe('');
  });

  it('has readable seals', async () => {
    const [, reasoning = {}] = await firstTurn({ safety_identifier: 'user-1' });
    expect(unseal(String(reasoning.encrypted_content))).toMatchObject({
      id: reasoning.id,
      organization: 'org-a',
      model: 'gpt-6-luna',
      endUser: 'user-1',
      leadsTo: 'message:assistant',
    });
  });

  it('has no reasoning with effort none, nor sealed content unless asked', async () => {
    const none = await responseIn(await send([hello], { reasoning: { effort: 'none' } }));
    expect(none.output).toMatchObject([{ type: 'message' }]);
    const { output } = await responseIn(await send([hello], { include: [] }));
    expect(output[0]).not.toHaveProperty('encrypted_content');
  });
});

describe('what a service that keeps nothing refuses', () => {
  it.each<[Fields, string]>([
    [{ store: true }, 'store'],
    [{ store: undefined }, 'store'],
    [{ previous_response_id: 'resp_1' }, 'previous_response_id'],
    [{ conversation: 'conv_1' }, 'conversation'],
    [{ background: true }, 'background'],
    [{ input: [{ type: 'item_reference', id: 'msg_1' }] }, 'input'],
    [{ temperature: 0.5 }, 'temperature'],
    [{ top_logprobs: 2 }, 'top_logprobs'],
    [{ include: ['message.output_text.logprobs'] }, 'include'],
  ])('%j', async (body, param) => {
    const answer = await send([hello], body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { param, code: 'unsupported_parameter' } });
  });

  it('but sampling parameters only where the model thinks', async () => {
    const sampling = { temperature: 0.5, top_p: 1 };
    expect(await faultOf([hello], { ...sampling, reasoning: { effort: 'none' } })).toBe('');
    expect(await faultOf([hello], { ...sampling, model: 'gpt-4.1-mini' })).toBe('');
  });

  it('only when it is strict', async () => {
    simulator.configure({});
    expect(await faultOf([hello], { store: true, conversation: 'conv_1' })).toBe('');
  });
});

describe('sealed content', () => {
  it.each<[string, (sealed: string) => string]>([
    ['damaged', (sealed) => sealed.replace(/^./, 'x')],
    ['glued together', (sealed) => sealed + sealed],
    ['cut', (sealed) => sealed.slice(0, -1)],
    ['of others', () => 'gAAAAABo'],
  ])('that is %s is refused by every judge', async (_how, change) => {
    const [, reasoning = {}, message = {}] = await firstTurn();
    const sealed = change(String(reasoning.encrypted_content));
    const input = [hello, { ...reasoning, encrypted_content: sealed }, message, goOn];
    for (const profile of [strict, dropping]) {
      simulator.configure(profile);
      expect(await faultOf(input)).toMatch(
        /^400 invalid_encrypted_content .*could not be verified/,
      );
    }
  });

  it('belongs to its item', async () => {
    const [, reasoning = {}, message = {}] = await firstTurn();
    const input = [hello, { ...reasoning, id: 'rs_other' }, message, goOn];
    expect(await faultOf(input)).toMatch(/^400 invalid_encrypted_content .*item_id/);
  });

  it('is what reasoning needs to come back', async () => {
    const [, reasoning = {}, message = {}] = await firstTurn();
    const { encrypted_content: sealed, ...bare } = reasoning;
    expect(sealed).toBeDefined();
    const fault = await faultOf([hello, bare, message, goOn]);
    expect(fault).toContain(
      `404  Item with id '${String(reasoning.id)}' not found. Items are not persisted when \`store\` is set to false.`,
    );
  });
});

describe('reasoning that was made for others or after something else', () => {
  const tools = [{ type: 'function', name: 'f', parameters: {}, strict: false }];
  const cases: [string, Fields, string, RegExp][] = [
    ['organization_mismatch', {}, 'sk-b', /^400 invalid_encrypted_content .*organization_id/],
    ['model_mismatch', { model: 'gpt-6-sol' }, 'sk-a', /^400 .*another model/],
    ['end_user_mismatch', { safety_identifier: 'me' }, 'sk-a', /^400 .*another safety_identifier/],
    ['prefix_mismatch', { tools }, 'sk-a', /^400 .*What comes before/],
    ['prefix_mismatch', { instructions: 'Be brief.' }, 'sk-a', /^400 .*What comes before/],
    ['prefix_mismatch', { reasoning: { effort: 'low' } }, 'sk-a', /^400 .*What comes before/],
    [
      'prefix_mismatch',
      { text: { format: { type: 'json_object' } } },
      'sk-a',
      /^400 .*What comes before/,
    ],
  ];

  it.each(cases)('is refused by the strict: %s with %j', async (_reason, body, key, fault) => {
    expect(await faultOf([...(await firstTurn()), goOn], body, key)).toMatch(fault);
  });

  it.each(cases)('is dropped by the dropping: %s with %j', async (reason, body, key) => {
    simulator.configure(dropping);
    const items = await firstTurn();
    const answer = await responseIn(await send([...items, goOn], body, key));
    expect(answer.input_transformations).toEqual([
      { type: 'reasoning', action: 'removed', id: items[1]?.id, reason },
    ]);
  });

  it('is kept where nothing of that changed', async () => {
    simulator.configure(dropping);
    const body = { tools, instructions: 'Be brief.', tool_choice: 'none', max_output_tokens: 9 };
    const items = await firstTurn(body);
    const next = { ...body, tool_choice: 'auto', max_output_tokens: 10 };
    expect(transformationsOf(await responseIn(await send([...items, goOn], next)))).toEqual([]);
  });

  it('is bound to every item before it, not to instructions that come after them', async () => {
    simulator.configure({ ...strict, trailingInstructionsModels: ['gpt-6-luna'] });
    const items = await firstTurn({ instructions: 'Be brief.' });
    expect(await faultOf([...items, goOn], { instructions: 'Be long.' })).toBe('');
    expect(await faultOf([{ ...hello, content: 'Hallo' }, ...items.slice(1), goOn])).toMatch(
      /^400/,
    );
    expect(await faultOf([goOn, ...items, goOn])).toMatch(/What comes before/);
  });

  it('notices a phase that was lost', async () => {
    const message = { type: 'message', content: 'Looking', phase: 'commentary' };
    simulator.behave({
      output: [{ type: 'reasoning' }, message, { type: 'reasoning' }, { type: 'message' }],
      times: 1,
    });
    const items = await firstTurn();
    expect(await faultOf([...items, goOn])).toBe('');
    const lost = items.map(({ phase, ...item }) => item);
    expect(await faultOf([...lost, goOn])).toMatch(/What comes before/);
  });

  function transformationsOf(response: ResponseBody): unknown[] {
    return response.input_transformations ?? [];
  }
});

describe('items that belong together', () => {
  it('are reasoning and what it led to', async () => {
    const { reasoning, call, output } = await callingTurn();
    const orphan = `Item '${String(reasoning.id)}' of type 'reasoning' was provided without its required following item.`;
    expect(await faultOf([hello, reasoning])).toContain(orphan);
    expect(await faultOf([hello, reasoning, goOn])).toContain(orphan);
    const other = { ...call, id: undefined, call_id: 'call_other' };
    expect(await faultOf([hello, reasoning, other, outputOf(other)])).toContain(orphan);
    const id = String(call.id);
    expect(await faultOf([hello, call, output])).toContain(
      `400  Item '${id}' of type 'function_call' was provided without its required 'reasoning' item: '${String(reasoning.id)}'.`,
    );
    expect(await faultOf([hello, ...withoutIds([call]), output])).toBe('');
  });

  it('are messages too, and all calls of one thought', async () => {
    simulator.behave({
      output: [
        { type: 'reasoning' },
        { type: 'message', content: 'Looking', phase: 'commentary' },
        { type: 'function_call' },
        { type: 'function_call' },
      ],
      times: 1,
    });
    const [, reasoning = {}, message = {}, one = {}, other = {}] = await firstTurn();
    const outputs = [outputOf(one), outputOf(other)];
    expect(await faultOf([hello, reasoning, message, one, other, ...outputs])).toBe('');
    expect(await faultOf([hello, message, goOn])).toContain(
      `of type 'message' was provided without its required 'reasoning' item`,
    );
    const late = [hello, reasoning, message, goOn, one, other, ...outputs];
    expect(await faultOf(late)).toContain(`Item '${String(one.id)}' of type 'function_call'`);
  });

  it('are calls and their outputs', async () => {
    const call = { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{}' };
    const custom = { type: 'custom_tool_call', call_id: 'call_2', name: 'g', input: '' };
    expect(await faultOf([hello, outputOf(call)])).toContain(
      'No tool call found for function call output with call_id call_1.',
    );
    expect(await faultOf([hello, outputOf(call), call])).toContain('No tool call found');
    for (const after of [[], [goOn], [goOn, outputOf(call)]]) {
      expect(await faultOf([hello, call, ...after])).toContain(
        'No tool output found for function call call_1.',
      );
    }
    expect(await faultOf([hello, custom])).toContain('custom tool call call_2');
    expect(await faultOf([hello, call, outputOf(call), goOn])).toBe('');
  });
});

describe('items before a compaction item', () => {
  it('may be absent, and what comes after it is bound to what is left', async () => {
    const body = { context_management: [{ type: 'compaction', compact_threshold: 1 }] };
    const items = await firstTurn(body);
    expect(items.map(({ type }) => type)).toEqual([
      undefined,
      'compaction',
      'reasoning',
      'message',
    ]);
    const [, compaction = {}, ...rest] = items;
    expect(await faultOf([...items, goOn])).toBe('');
    expect(await faultOf([compaction, ...rest, goOn])).toBe('');
    expect(await faultOf([compaction, hello, ...rest, goOn])).toMatch(/What comes before/);
  });

  it('are compacted whatever the settings were that they were made with', async () => {
    const items = await firstTurn({ instructions: 'Be brief.', safety_identifier: 'me' });
    const path = '/responses/compact';
    expect((await ask(simulator, { input: items }, { path, key: 'sk-a' })).status).toBe(200);
    expect((await ask(simulator, { input: items }, { path, key: 'sk-b' })).status).toBe(400);
  });

  it('are what it was made of, for its organization alone', async () => {
    const { output } = (await (
      await ask(simulator, { input: [hello] }, { path: '/responses/compact', key: 'sk-a' })
    ).json()) as { output: Fields[] };
    const next = await responseIn(await send([...output, goOn]));
    expect(await faultOf([...output, goOn, ...next.output, goOn])).toBe('');
    simulator.configure(dropping);
    expect(await faultOf([...output, goOn], {}, 'sk-b')).toMatch(/^400 invalid_encrypted_content/);
  });
});

describe('the organization', () => {
  it('is in every answer, unless the service names none', async () => {
    expect((await send([hello])).headers.get('openai-organization')).toBe('org-a');
    const refused = await send([], {}, 'sk-b');
    expect([refused.status, refused.headers.get('openai-organization')]).toEqual([400, 'org-b']);
    expect((await send([hello], {}, 'sk-c')).headers.get('openai-organization')).toBe(
      'org-simulator',
    );
    simulator.configure({ omitOrganization: true });
    expect((await send([hello])).headers.get('openai-organization')).toBeNull();
  });

  it('is that of a key in either header', async () => {
    const headers = { 'api-key': 'sk-b' };
    const body = JSON.stringify({ ...stateless, model: 'gpt-6-luna', input: 'Hello' });
    const url = `${simulator.baseUrl}/responses`;
    const answer = await fetch(url, { method: 'POST', headers, body });
    expect(answer.headers.get('openai-organization')).toBe('org-b');
    await send([hello]);
    expect(simulator.calls).toMatchObject([
      { key: 'sk-b', keyHeader: 'api-key' },
      { key: 'sk-a', keyHeader: 'authorization' },
    ]);
  });
});

describe('a service without responses', () => {
  it('knows no such path', async () => {
    simulator.configure({ hasResponses: false });
    expect((await send([hello])).status).toBe(404);
    const compact = await ask(simulator, {}, { path: '/responses/compact' });
    expect(compact.status).toBe(404);
    expect((await ask(simulator)).status).toBe(200);
  });
});
