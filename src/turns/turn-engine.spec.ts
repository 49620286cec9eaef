import { defaultCaller } from '../auth/caller.js';
import type { ConversationLimits } from '../conversations/conversation-size.js';
import { ClaimLostError } from '../conversations/conversations.errors.js';
import type { NewItem } from '../conversations/items.repository.js';
import type {
  ClaimedConversation,
  TurnClaimsService,
} from '../conversations/turn-claims.service.js';
import type { ModelRequest } from '../models/model-request.js';
import type { UnitOfWorkWriter } from '../platform/database/unit-of-work.writer.js';
import { UnitOfWork } from '../platform/database/unit-of-work.js';
import type { UpstreamService } from '../upstreams/upstream.service.js';
import type {
  ContextInput,
  ContextWindowService,
  TrimmedContext,
} from './context-window.service.js';
import type { TurnContext } from './turn-context.js';
import { TurnEngine, type TurnPlan } from './turn-engine.js';

const history: ClaimedConversation['history'] = {
  ...{ kind: 'turbo', stream: false, model: null, idleMs: null, affinity: 'conv_1', items: [] },
  transcript: { prompt: 'Be.', settings: '', humanName: null, aiName: null, sentences: [] },
};
const held: ClaimedConversation = {
  ...{ ownerId: 'default', conversationId: 'conv_1', claim: 'turn_1', version: 3 },
  history,
};
const open: TurnContext = {
  ...{
    history,
    past: [],
    isCompacted: false,
    stored: [],
    held: null,
    turn: 1,
    position: 1,
    affinity: null,
  },
};
const inConversation = { conversationId: 'conv_1', claim: 'turn_1' };
const elsewhere = { open: () => Promise.resolve(open) };

const item = (id: string) => ({ id }) as NewItem;
const request = (trimmed: TrimmedContext | null) =>
  ({ model: trimmed ? 'some' : 'all' }) as ModelRequest;
const unitOfWork = new UnitOfWork();

type Step =
  'claim' | 'plan' | 'check' | 'checkChain' | 'begin' | 'ask' | 'finish' | 'commit' | 'write';

/** The engine with collaborators that note what happens, and fail at one step. */
function world(failing: Step | null = null, trimmed: TrimmedContext | null = null) {
  const failure = new Error(`no ${failing}`);
  let lost = false;
  const steps: string[] = [];
  const calls = new Map<string, unknown[]>();
  const step = (name: Step, ...details: unknown[]): void => {
    steps.push(name);
    calls.set(name, details);
    if (name === failing) throw failure;
  };
  const stepped = (name: Step, ...details: unknown[]): Promise<void> => {
    step(name, ...details);
    return Promise.resolve();
  };
  const claims: Pick<TurnClaimsService, 'hold' | 'commit'> = {
    hold: async (caller, conversationId, abort, work, claim) => {
      step('claim', caller, conversationId, abort, claim);
      try {
        return await work(held);
      } catch (error) {
        steps.push('release');
        throw error;
      }
    },
    commit: (...details) => stepped('commit', ...details),
  };
  const window: Pick<ContextWindowService, 'ask'> = {
    ask: (_input, ask) => ask({ trimmed, compactAt: trimmed ? null : 875 }),
  };
  const upstream: Pick<UpstreamService, 'ask'> = {
    ask: async (asked, call, write) => {
      step('ask', asked, call);
      await write([{ type: 'text', text: 'Hi', logprobs: [] }]);
      return { finish: 'stop', usage: null };
    },
  };
  const limits: Pick<ConversationLimits, 'check' | 'checkChain'> = {
    check: (size) => {
      step('check', size);
    },
    checkChain: (size) => {
      step('checkChain', size);
    },
  };
  const writer: UnitOfWorkWriter = {
    write: (written: UnitOfWork) => {
      step('write', written);
      return Promise.resolve(!lost);
    },
  } as unknown as UnitOfWorkWriter;
  const engine = new TurnEngine(
    claims as TurnClaimsService,
    window as ContextWindowService,
    upstream as UpstreamService,
    limits as ConversationLimits,
    writer,
  );
  const said: string[] = [];
  const planTurn = (context: TurnContext): TurnPlan<string> => {
    step('plan', context);
    return {
      context,
      contextInput: {} as ContextInput,
      request,
      ...{ stream: true, affinity: 'conv_1' },
      trimmed: (turns) => steps.push(`trimmed ${turns}`),
      sink: {
        write: (events) => {
          for (const event of events) said.push('text' in event ? event.text : event.type);
          return undefined;
        },
        finish: () => {
          step('finish');
          return said.join('');
        },
      },
      begin: () => stepped('begin'),
      storedInput: [{ content: '"q"' }],
      asked: [item('question')],
      removed: { afterPosition: 1 },
      itemsOf: (answer) => [item(answer)],
      unitOfWork: () => unitOfWork,
    };
  };
  return {
    ...{ engine, steps, calls, failure, planTurn, said },
    abort: new AbortController(),
    lose: () => (lost = true),
  };
}

const turn: Step[] = ['claim', 'plan', 'check', 'begin', 'ask', 'finish', 'commit'];

describe('a turn of a conversation', () => {
  it('is claimed, begun, asked and written, once each and in that order', async () => {
    const { engine, steps, calls, planTurn, abort } = world();
    await expect(engine.run(defaultCaller, inConversation, abort, planTurn)).resolves.toBe('Hi');
    expect(steps).toEqual(turn);
    expect(calls.get('claim')).toEqual([defaultCaller, 'conv_1', abort, 'turn_1']);
    expect(calls.get('plan')).toMatchObject([{ held, turn: 1, position: 1, affinity: 'conv_1' }]);
    expect(calls.get('check')).toEqual([{ items: 1, bytes: 3 + 3 + 100 }]);
    expect(calls.get('ask')).toEqual([
      { model: 'all', compactAt: 875 },
      { stream: true, abort, affinity: 'conv_1' },
    ]);
    const change = { added: [item('question'), item('Hi')], removed: { afterPosition: 1 } };
    expect(calls.get('commit')).toEqual([held, change, unitOfWork]);
  });

  it.each(turn.slice(1))('is released and not written when it fails: %s', async (failing) => {
    const { engine, steps, failure, planTurn, abort } = world(failing);
    const run = engine.run(defaultCaller, inConversation, abort, planTurn);
    await expect(run).rejects.toBe(failure);
    expect(steps).toEqual([...turn.slice(0, turn.indexOf(failing) + 1), 'release']);
  });

  it('is not planned where another holds it', async () => {
    const { engine, steps, failure, planTurn, abort } = world('claim');
    const run = engine.run(defaultCaller, inConversation, abort, planTurn);
    await expect(run).rejects.toBe(failure);
    expect(steps).toEqual(['claim']);
  });

  it.each([
    [3, ['begin', 'trimmed 3', 'ask']],
    [0, ['begin', 'ask']],
  ])('tells before it asks that %i turns are left out', async (trimmedTurns, order) => {
    const { engine, steps, calls, planTurn, abort } = world(null, { said: [], trimmedTurns });
    await engine.run(defaultCaller, inConversation, abort, planTurn);
    expect(steps.slice(3, -2)).toEqual(order);
    expect(calls.get('ask')?.[0]).toEqual({ model: 'some', compactAt: null });
  });
});

describe('a turn elsewhere', () => {
  it('holds nothing, and is written by itself', async () => {
    const { engine, steps, calls, planTurn, abort } = world();
    await expect(engine.run(defaultCaller, elsewhere, abort, planTurn)).resolves.toBe('Hi');
    expect(steps).toEqual(['plan', 'begin', 'ask', 'finish', 'write']);
    expect(calls.get('plan')).toEqual([open]);
    expect(calls.get('write')).toEqual([unitOfWork]);
  });

  it('is bounded as a chain where there is something before it', async () => {
    const { engine, steps, calls, planTurn, abort } = world('checkChain');
    const source = { open: () => Promise.resolve({ ...open, stored: [{ bytes: 5 }] }) };
    await expect(engine.run(defaultCaller, source, abort, planTurn)).rejects.toThrow('checkChain');
    expect(steps).toEqual(['plan', 'checkChain']);
    expect(calls.get('checkChain')).toEqual([{ items: 2, bytes: 3 + 5 + 3 + 200 }]);
  });

  it('is not written when asking fails', async () => {
    const { engine, steps, failure, planTurn, abort } = world('ask');
    await expect(engine.run(defaultCaller, elsewhere, abort, planTurn)).rejects.toBe(failure);
    expect(steps).toEqual(['plan', 'begin', 'ask']);
  });

  it('has no answer where its write missed', async () => {
    const { engine, planTurn, abort, lose } = world();
    lose();
    const run = engine.run(defaultCaller, elsewhere, abort, planTurn);
    await expect(run).rejects.toBeInstanceOf(ClaimLostError);
  });
});

it('a question that nothing is kept of is asked, and no more', async () => {
  const { engine, steps, calls, planTurn, abort } = world();
  const { sink } = planTurn(open);
  steps.length = 0;
  const call = { stream: false, abort, affinity: null };
  await expect(engine.answer(request(null), call, sink)).resolves.toBe('Hi');
  expect(steps).toEqual(['ask', 'finish']);
  expect(calls.get('ask')).toEqual([{ model: 'all' }, call]);
});
