import type OpenAI from 'openai';
import type { RecordedCall } from '../../tools/simulator/calls.js';
import type { ScriptedStep } from '../../tools/simulator/responses/script.js';
import type { ServiceProfile } from '../../tools/simulator/service-profile.js';
import { collect } from './collect.js';
import { startOpenAiService, type OpenAiService } from './openai-service.js';
import { checkResponsesRequest } from './responses-requests.js';

type Body = OpenAI.Responses.ResponseCreateParamsNonStreaming;
type Input = NonNullable<Body['input']>;
type InputItem = Record<string, unknown> & { type: string };

const model = 'gpt-6-luna';
const keys = ['sk-test-1', 'sk-test-2'];
const profile: ServiceProfile = { strictness: 'strict', reasoningModels: ['gpt-6'] };
const tools: NonNullable<Body['tools']> = [
  { type: 'function', name: 'look_up', parameters: { type: 'object' }, strict: false },
  { type: 'custom', name: 'run' },
];

let service: OpenAiService;
let client: OpenAI;

async function start(variables: Record<string, string> = {}): Promise<void> {
  service = await startOpenAiService({ UPSTREAM_DIALECT: 'responses', ...variables });
  ({ client } = service);
}

/** Calls of the model service, apart from lists of models. */
function asked(): readonly RecordedCall[] {
  return service.simulator.calls.filter(({ path }) => path === '/v1/responses');
}

function lastCall(): RecordedCall {
  return asked().at(-1)!;
}

function inputOf({ body }: RecordedCall): InputItem[] {
  return body['input'] as InputItem[];
}

function thoughtsIn(call: RecordedCall): string[] {
  return inputOf(call).flatMap(({ type, id }) => (type === 'reasoning' ? [id as string] : []));
}

/** What is said in items, thoughts apart, one line for each. */
function lines(items: readonly InputItem[]): string[] {
  return items.flatMap((item) => {
    switch (item.type) {
      case 'message':
        return [`${String(item['role'])}: ${textOf(item['content'])}`];
      case 'reasoning':
        return [];
      default:
        return [`${item.type} ${String(item['call_id'])}`];
    }
  });
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return (content as { text: string }[]).map(({ text }) => text).join('');
}

async function storedLines(conversation: string): Promise<string[]> {
  const items = await collect(client.conversations.items.list(conversation, { order: 'asc' }));
  return lines(items as unknown as InputItem[]);
}

/** No request was refused, and each is as the installed client's types want it. */
function expectTaken(calls = asked()): void {
  expect(calls.length).toBeGreaterThan(0);
  expect(calls.filter(({ outcome }) => outcome !== 'answered')).toEqual([]);
  expect(calls.flatMap(({ body }) => checkResponsesRequest(body))).toEqual([]);
  expect(service.simulator.calls.filter(({ path }) => path !== '/v1/responses')).toEqual([]);
}

/** A conversation, with what its service is to be told of it. */
class Talk {
  /** The thoughts of each answer that are still of use, by how it was asked for. */
  thoughts = new Map<string, string[]>();
  /** All that was said, from the newest compaction on that its service opens. */
  said: string[] = [];
  /** Whether that opens what was compacted. */
  opensAll = true;
  /** What is of use where it does not. */
  private readonly beforeCompaction = new Map<string, string[]>();
  private readonly seen = new Set<string>();
  private calls = 0;

  private constructor(public id: string) {}

  static async begin(): Promise<Talk> {
    return new Talk((await client.conversations.create()).id);
  }

  /** Asks, and looks at what was told: all that was said, and the thoughts made with like settings. */
  async ask(
    input: Input,
    more: Partial<Body> = {},
    settings = '',
    thoughts = this.thoughts.get(settings),
  ): Promise<InputItem[]> {
    const { output } = await client.responses.create({
      ...{ model, conversation: this.id, tools, input },
      ...more,
    });
    await this.took(input, settings, thoughts);
    return output as unknown as InputItem[];
  }

  /** A turn whose service compacts all that was said before it answers. */
  async compact(question: string): Promise<void> {
    for (const [settings, made] of this.thoughts) this.beforeCompaction.set(settings, made);
    const context_management = [{ type: 'compaction', compact_threshold: 1 }];
    const asked = this.thoughts;
    this.thoughts = new Map();
    const output = await this.ask(question, { context_management }, '', asked.get(''));
    expect(output.map(({ type }) => type)).toEqual(['compaction', 'reasoning', 'message']);
    await this.look();
    expect(this.said).toHaveLength(2);
  }

  /** The last question is answered again, behind the same thoughts as before. */
  async regenerate(settings = ''): Promise<void> {
    const thoughts = this.thoughts.get(settings)!.slice(0, -1);
    await client.post(`/conversations/${this.id}/regenerate`, { body: {} });
    expect(thoughtsIn(lastCall())).toEqual(thoughts);
    expect(lines(inputOf(lastCall()))).toEqual(this.said.slice(0, -1));
    this.thoughts.set(settings, thoughts);
    await this.look();
    await this.learn(settings);
  }

  /** The last turn is taken back, which was one question and its answer. */
  async rollback(settings = ''): Promise<void> {
    await client.post(`/conversations/${this.id}/rollback`, { body: {} });
    const whole = this.said.slice(0, -2);
    await this.look();
    expect(this.said).toEqual(whole);
    this.thoughts.set(settings, this.thoughts.get(settings)!.slice(0, -1));
  }

  /** Goes on in a copy. */
  async fork(): Promise<void> {
    const before = this.said;
    const { id } = await client.post<{ id: string }>(`/conversations/${this.id}/fork`);
    this.id = id;
    await this.look();
    expect(this.said).toEqual(before);
  }

  /** Asks with a key of another organization, which can open nothing that was made with the first. */
  async elsewhere(isCompacted: boolean, work: () => Promise<void>): Promise<void> {
    const { key } = lastCall();
    service.simulator.behave({ status: 429, headers: { 'retry-after': '60' } }, { key });
    const { thoughts } = this;
    if (isCompacted) {
      this.opensAll = false;
      this.thoughts = this.beforeCompaction;
      await this.look();
    }
    await work();
    expect(lastCall().key).not.toBe(key);
    this.opensAll = true;
    this.thoughts = thoughts;
    await this.look();
    service.simulator.behave({}, { key });
    service.clock.advance(120_000);
  }

  async chat(question: string, settings = 'chat'): Promise<void> {
    const { status } = await service.caller.chat(this.id, question);
    expect(status).toBe(200);
    await this.took(question, settings);
  }

  /** A turn in which tools are called, some by a function and some by a text, and another that answers. */
  async work(more: Partial<Body> = {}, settings = ''): Promise<void> {
    this.calls += 1;
    const calls: ScriptedStep[] = [
      { type: 'function_call', call_id: `f${this.calls}`, name: 'look_up', arguments: '{"a":1}' },
      { type: 'custom_tool_call', call_id: `c${this.calls}`, name: 'run', input: 'ls' },
    ];
    const output: ScriptedStep[] = [{ type: 'reasoning', summary: ['Tools.'] }, ...calls];
    service.simulator.behave({ output, times: 1 });
    await this.ask('Look it up', more, settings);
    const outputs: Input = [
      { type: 'function_call_output', call_id: `f${this.calls}`, output: '1' },
      { type: 'custom_tool_call_output', call_id: `c${this.calls}`, output: 'a.txt' },
    ];
    await this.ask(outputs, more, settings);
  }

  private async took(
    input: Input,
    settings: string,
    thoughts = this.thoughts.get(settings),
  ): Promise<void> {
    const call = lastCall();
    const given: InputItem[] =
      typeof input === 'string'
        ? [{ type: 'message', role: 'user', content: input }]
        : (input as unknown as InputItem[]);
    expect(lines(inputOf(call))).toEqual([...this.said, ...lines(given)]);
    expect(thoughtsIn(call)).toEqual(thoughts ?? []);
    await this.look();
    await this.learn(settings);
  }

  private async look(): Promise<void> {
    const all = await storedLines(this.id);
    const compacted = all.findLastIndex((line) => line.startsWith('compaction '));
    const isTold = (line: string): boolean => !line.startsWith('compaction ');
    this.said = this.opensAll ? all.slice(Math.max(compacted, 0)) : all.filter(isTold);
  }

  /** The ids that its service gave the thoughts of the last answer are sealed in them. */
  private async learn(settings: string): Promise<void> {
    const items = await collect(client.conversations.items.list(this.id, { order: 'asc' }));
    const sealed = items.flatMap((item) =>
      item.type === 'reasoning' ? [idIn(item.encrypted_content ?? '')] : [],
    );
    const made = sealed.filter((id) => !this.seen.has(id));
    for (const id of made) this.seen.add(id);
    expect(made).toHaveLength(lastCall().model.startsWith('gpt-6') ? 1 : 0);
    this.thoughts.set(settings, [...(this.thoughts.get(settings) ?? []), ...made]);
  }
}

function idIn(sealed: string): string {
  const [text = ''] = sealed.split('.');
  return (JSON.parse(Buffer.from(text, 'base64url').toString()) as { id: string }).id;
}

describe('a conversation with a service that keeps nothing', () => {
  beforeAll(() => start());
  afterAll(() => service.close());
  beforeEach(() => {
    service.simulator.configure(profile);
  });
  afterEach(() => {
    service.expectNoFaults();
    service.simulator.reset();
  });

  it('is told whole in each of 30 turns, with all that was thought', async () => {
    const talk = await Talk.begin();
    for (let turn = 0; turn < 10; turn += 1) {
      await talk.ask(`Question ${turn}`);
      await talk.work();
    }
    expectTaken();
    expect(thoughtsIn(lastCall())).toHaveLength(29);
  });

  it('is told whole where both APIs ask, with what each of them led to', async () => {
    const talk = await Talk.begin();
    for (let turn = 0; turn < 4; turn += 1) {
      await talk.chat(`In words ${turn}`);
      await talk.ask(`With tools ${turn}`);
      await talk.work();
      await talk.chat(`Again ${turn}`);
    }
    expectTaken();
  });

  it('goes on after it was rolled back, forked and asked again', async () => {
    const talk = await Talk.begin();
    await talk.ask('One');
    await talk.work();
    await talk.ask('Two');
    const last = talk.thoughts.get('')!.at(-1)!;

    await client.post(`/conversations/${talk.id}/regenerate`, { body: {} });
    expect(thoughtsIn(lastCall())).toEqual(talk.thoughts.get('')!.slice(0, -1));
    expect(lines(inputOf(lastCall()))).toEqual(talk.said.slice(0, -1));

    await client.post(`/conversations/${talk.id}/rollback`, { body: { turns: 1 } });
    const whole = await storedLines(talk.id);
    expect(whole).toEqual(talk.said.slice(0, -2));
    await client.responses.create({ model, conversation: talk.id, tools, input: 'Three' });
    const thoughts = talk.thoughts.get('')!.filter((id) => id !== last);
    expect(thoughtsIn(lastCall())).toEqual(thoughts);

    const fork = await client.post<{ id: string }>(`/conversations/${talk.id}/fork`, { body: {} });
    await client.responses.create({ model, conversation: fork.id, tools, input: 'Four' });
    expect(thoughtsIn(lastCall())).toHaveLength(thoughts.length + 1);
    expect(lines(inputOf(lastCall()))).toEqual([...(await storedLines(talk.id)), 'user: Four']);
    expectTaken();
  });

  it('loses what was thought behind an item that is deleted, and nothing else', async () => {
    const talk = await Talk.begin();
    await talk.ask('One');
    await talk.work();
    await talk.ask('Two');
    const items = await collect(client.conversations.items.list(talk.id, { order: 'asc' }));
    for (const place of items.keys()) {
      const { id } = await client.post<{ id: string }>(`/conversations/${talk.id}/fork`, {
        body: {},
      });
      const copies = await collect(client.conversations.items.list(id, { order: 'asc' }));
      const gone = copies[place]!;
      await client.conversations.items.delete(gone.id ?? '', { conversation_id: id });
      await service.caller.chat(id, 'And?');
      await client.responses.create({ model, conversation: id, tools, input: 'Well?' });
      const before = copies.slice(0, place).filter(({ type }) => type === 'reasoning').length;
      // Without its output a call is not told either.
      const isLed = copies[place - 1]?.type === 'reasoning' || gone.type === 'function_call_output';
      const led = isLed ? 1 : 0;
      expect(thoughtsIn(lastCall())).toEqual(talk.thoughts.get('')!.slice(0, before - led));
    }
    expectTaken();
  });

  it('is told another model without the thoughts of the first, and the first again with its own', async () => {
    const talk = await Talk.begin();
    await talk.ask('One');
    await talk.ask('Two', { model: 'gpt-6-sol' }, 'sol');
    await talk.work({ model: 'gpt-6-sol' }, 'sol');
    await talk.ask('Three');
    await talk.ask('Four', { model: 'gpt-4.1-mini' }, 'none');
    await talk.work();
    await talk.ask('Five', { model: 'gpt-6-sol' }, 'sol');
    expectTaken();
  });

  it('is told with changed tools and changed effort without what was thought with others', async () => {
    const talk = await Talk.begin();
    const some = tools.slice(0, 1);
    await talk.ask('One');
    await talk.ask('Two', { tools: some }, 'some');
    await talk.ask('Three', { reasoning: { effort: 'high' } }, 'high');
    await talk.work();
    await talk.ask('Four', { reasoning: { effort: 'high', summary: 'auto' } }, 'high');
    await talk.ask('Five', { tools: some }, 'some');
    await talk.ask('Six', { safety_identifier: 'someone' }, 'someone');
    await talk.ask('Seven', { text: { format: { type: 'json_object' } } }, 'json');
    await talk.ask('Eight', { instructions: 'Be brief.' }, 'brief');
    await talk.ask('Nine', { instructions: 'Be brief.' }, 'brief');
    await talk.ask('Ten', { safety_identifier: 'someone' }, 'someone');
    await talk.ask('Eleven');
    expectTaken();
  });
});

describe('what tells a model what to be', () => {
  beforeAll(() => start());
  afterAll(() => service.close());

  it.each([
    ['first and in each request, a call’s own beside it', 'gpt-6.2-sol', [0, 1, 2]],
    ['and takes thoughts with it where the model is told it first', 'gpt-6-sol', [0, 0, 1]],
  ])('stands %s', async (_, asks, thoughts) => {
    service.simulator.reset();
    service.simulator.configure({ ...profile, trailingInstructionsModels: ['gpt-6.2-sol'] });
    const conversation = await service.caller.create('Be kind.');
    const wanted = ['Be brief.', 'Be loud.', 'Be loud.'];
    for (const instructions of wanted) {
      await client.responses.create({ model: asks, conversation, input: 'Hi', instructions });
      expect(lastCall().body['instructions']).toBe(instructions);
      expect(inputOf(lastCall())[0]).toEqual({
        ...{ type: 'message', role: 'developer', content: 'Be kind.' },
      });
    }
    expect(asked().map((call) => thoughtsIn(call).length)).toEqual(thoughts);
    await service.caller.chat(conversation, 'And now?');
    expect(lastCall().body).not.toHaveProperty('instructions');
    expect(inputOf(lastCall())[0]).toMatchObject({ role: 'developer', content: 'Be kind.' });
    expectTaken();
    service.expectNoFaults();
  });
});

describe('a conversation whose keys are of two organizations', () => {
  beforeAll(() => start());
  afterAll(() => service.close());

  it('is told a key of another organization without what that cannot open', async () => {
    const organizations = { 'sk-test-1': 'org-one', 'sk-test-2': 'org-two' };
    service.simulator.configure({ ...profile, organizations });
    const talk = await Talk.begin();
    await talk.ask('One');
    await talk.work();
    const { key } = lastCall();
    const other = keys.find((one) => one !== key)!;
    service.simulator.behave({ status: 429, headers: { 'retry-after': '60' } }, { key });
    await talk.ask('Two', {}, 'other');
    const refused = asked().filter(({ outcome }) => outcome === 'refused');
    expect(refused.map((call) => [call.key, thoughtsIn(call).length])).toEqual([
      [key, 3],
      [other, 3],
    ]);
    await talk.work({}, 'other');
    // Its first key is chosen again, and is told what it can open.
    service.simulator.behave({}, { key });
    service.clock.advance(120_000);
    await talk.ask('Three');
    expect(lastCall().key).toBe(key);
    await talk.work();
    expectTaken(asked().filter((call) => !refused.includes(call)));
  });
});

describe('a conversation of which all is asked at once', () => {
  beforeAll(() => start());
  afterAll(() => service.close());

  it('is told what still counts, with every thought that is still of use', async () => {
    const organizations = { 'sk-test-1': 'org-one', 'sk-test-2': 'org-two' };
    service.simulator.configure({ ...profile, organizations });
    const talk = await Talk.begin();
    const sol = { model: 'gpt-6-sol' };
    await talk.ask('One');
    await talk.work();
    await talk.chat('In words');
    await talk.work(sol, 'sol');
    await talk.ask('Two', sol, 'sol');
    await talk.ask('Three');
    await talk.regenerate();
    await talk.ask('Four');
    await talk.rollback();
    await talk.fork();
    await talk.work();
    await talk.elsewhere(false, async () => {
      await talk.ask('Five', {}, 'other');
      await talk.work({}, 'other');
    });
    await talk.ask('Six');

    await talk.compact('Seven');
    await talk.ask('Eight');
    await talk.work();
    await talk.chat('In words again');
    await talk.work(sol, 'sol');
    await talk.ask('Nine');
    await talk.regenerate();
    await talk.ask('Ten');
    await talk.rollback();
    await talk.fork();
    await talk.elsewhere(true, async () => {
      await talk.ask('Eleven', {}, 'other');
      await talk.work({}, 'other');
    });
    await talk.ask('Twelve');
    await talk.work();
    const answered = asked().filter(({ outcome }) => outcome === 'answered');
    expect(answered.length).toBeGreaterThanOrEqual(30);
    const refused = asked().filter(({ outcome }) => outcome !== 'answered');
    // Twice the key that has to rest, and once the other, of which nobody knew yet whose it is.
    const { key } = lastCall();
    const other = keys.find((one) => one !== key);
    expect(refused.map((call) => call.key)).toEqual([key, other, key]);
    expectTaken(answered);
    service.expectNoFaults();
  });
});

describe('forks of a conversation whose keys are of two organizations', () => {
  beforeAll(() => start());
  afterAll(() => service.close());

  it('are told what was thought before, by whatever key it was thought with', async () => {
    const organizations = { 'sk-test-1': 'org-one', 'sk-test-2': 'org-two' };
    service.simulator.configure({ ...profile, organizations });
    const used = new Set<string>();
    // Which key a conversation has follows from its id, which is drawn.
    for (let conversation = 0; used.size < 2 && conversation < 64; conversation += 1) {
      const { id } = await client.conversations.create();
      await client.responses.create({ model, conversation: id, tools, input: 'One' });
      const { key } = lastCall();
      used.add(key);
      const cacheKey = lastCall().body['prompt_cache_key'];
      const { id: fork } = await client.post<{ id: string }>(`/conversations/${id}/fork`);
      const { id: again } = await client.post<{ id: string }>(`/conversations/${fork}/fork`);
      for (const forked of [fork, again]) {
        const { id: last } = await client.responses.create({
          ...{ model, conversation: forked, tools, input: 'Two' },
        });
        expect(lastCall().key).toBe(key);
        expect(lastCall().body['prompt_cache_key']).toBe(cacheKey);
        expect(thoughtsIn(lastCall())).toHaveLength(1);
        await client.responses.create({ model, previous_response_id: last, tools, input: 'Three' });
        expect(lastCall().key).toBe(key);
        expect(thoughtsIn(lastCall())).toHaveLength(2);
      }
    }
    expect(used.size).toBe(2);
    expectTaken();
  });
});

describe('a conversation that is longer than its window', () => {
  beforeAll(() => start({ MODEL_WINDOWS: `${model}=3000` }));
  afterAll(() => service.close());

  it('is told without its beginning, and so without what was thought behind that', async () => {
    service.simulator.configure(profile);
    const { id: conversation } = await client.conversations.create();
    const requests: RecordedCall[] = [];
    const first = `First ${'word '.repeat(150)}`;
    for (let turn = 0; turn < 16; turn += 1) {
      const input = turn === 0 ? first : `Question ${turn} ${'word '.repeat(150)}`;
      await client.responses.create({ model, conversation, tools, input });
      requests.push(lastCall());
      expect(textOf(inputOf(lastCall()).at(-1)!['content'])).toBe(input);
    }
    expectTaken();
    const cut = requests.findIndex((call) => textOf(inputOf(call)[0]!['content']) !== first);
    expect(cut).toBeGreaterThan(1);
    expect(thoughtsIn(requests[cut - 1]!)).toHaveLength(cut - 1);
    expect(thoughtsIn(requests[cut]!)).toEqual([]);
    service.expectNoFaults();
    service.simulator.reset();
  });

  it('is left whole to a service that shortens it, unless that finds it too long', async () => {
    service.simulator.configure(profile);
    const { id: conversation } = await client.conversations.create();
    const words = 'word '.repeat(500);
    const ask = async (input: Input, threshold: number) => {
      const context_management = [{ type: 'compaction', compact_threshold: threshold }];
      await client.responses.create({ model, conversation, tools, input, context_management });
    };
    for (const question of ['One', 'Two', 'Three']) await ask(`${question} ${words}`, 1_000_000);
    expectTaken();
    expect(inputOf(lastCall())).toHaveLength(7);
    expect(thoughtsIn(lastCall())).toHaveLength(2);
    const trigger = { type: 'compaction_trigger' } as const;
    await client.responses.create({
      ...{ model, conversation, tools },
      input: [{ role: 'user', content: `Four ${words}` }, trigger],
    });
    expect(inputOf(lastCall())).toHaveLength(11);
    await client.post(`/conversations/${conversation}/rollback`, { body: {} });

    service.simulator.reset();
    service.simulator.configure(profile);
    const error = { message: 'Too long.', code: 'context_length_exceeded' };
    service.simulator.behave({ status: 400, error, times: 1 });
    await ask('Four', 1_000_000);
    const [whole, cut] = asked();
    expect(thoughtsIn(whole!)).toHaveLength(3);
    expect(thoughtsIn(cut!)).toEqual([]);
    expect(inputOf(cut!).length).toBeLessThan(inputOf(whole!).length);
    expect(textOf(inputOf(cut!).at(-1)!['content'])).toBe('Four');
    expectTaken([cut!]);
    service.expectNoFaults();
  });

  /** Many turns of the `/chatgpt` API, each a call of the model service. */
  async function talk(conversation: string, turns: number, from = 0): Promise<RecordedCall[]> {
    service.simulator.reset();
    service.simulator.configure(profile);
    for (let turn = from; turn < from + turns; turn += 1) {
      const answer = await service.caller.chat(conversation, `${turn} ${'word '.repeat(150)}`);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('x-context-trimmed')).toBeNull();
    }
    return [...asked()];
  }

  const compactedAt = ({ body }: RecordedCall) => body['context_management'];

  it('is compacted in time by a service that does so, and goes on behind that with all thoughts', async () => {
    const conversation = await service.caller.create('Be kind.');
    const requests = await talk(conversation, 24);
    expectTaken();
    const rule = { type: 'compaction', compact_threshold: expect.any(Number) as number };
    const first = requests.findIndex((call) => compactedAt(call) !== undefined);
    expect(compactedAt(requests[first]!)).toEqual([rule]);
    expect(inputOf(requests[first]!).filter(({ role }) => role === 'user')).toHaveLength(first + 1);
    const since = requests.findIndex((call) => inputOf(call).some(isCompaction));
    expect(since).toBeGreaterThanOrEqual(first);
    for (const [turn, call] of requests.entries()) {
      if (turn <= since) continue;
      const input = inputOf(call).slice(inputOf(call).findLastIndex(isCompaction));
      const answers = input.filter(({ role }) => role === 'assistant');
      expect(input.filter(({ type }) => type === 'reasoning')).toHaveLength(answers.length);
    }
    expect(await service.caller.sentences(conversation)).toHaveLength(2 * 24);
  });

  it('is cut where its service knows of no compaction, once that finds it too long', async () => {
    const conversation = await service.caller.create();
    await talk(conversation, 6);
    service.simulator.behave({ refuseParameters: ['context_management'] });
    const words = 'word '.repeat(1_500);
    expect(await service.caller.chat(conversation, words)).toMatchObject({ status: 200 });
    const [refused, whole] = asked().slice(-2);
    expect(compactedAt(refused!)).toBeDefined();
    expect(compactedAt(whole!)).toBeUndefined();
    expect(inputOf(whole!)).toEqual(inputOf(refused!));

    service.simulator.reset();
    service.simulator.configure(profile);
    const error = { message: 'Too long.', code: 'context_length_exceeded' };
    service.simulator.behave({ status: 400, error, times: 1 });
    const answer = await service.caller.chat(conversation, 'And?');
    expect(answer.headers.get('x-context-trimmed')).not.toBeNull();
    const [tooLong, cut] = asked();
    expect(compactedAt(tooLong!)).toBeUndefined();
    expect(thoughtsIn(tooLong!)).toHaveLength(7);
    expect(thoughtsIn(cut!)).toEqual([]);
    expectTaken([cut!]);
  });
});

function isCompaction({ type }: InputItem): boolean {
  return type === 'compaction';
}
