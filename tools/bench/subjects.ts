// The loads whose CPU time per call is compared. A new one is a function here and a row in measures/cpu-per-call.ts.
import type { Server } from './servers.js';
import { UPSTREAM_CALL } from './servers.js';
import {
  chatCall,
  completionCall,
  createConversations,
  expectAnswerPieces,
  expectCompletion,
  quickAnswerCall,
  responseCall,
  rollbackCall,
  streamedChatCall,
} from './alice-calls.js';
import type { Bench } from './bench.js';
import { CONNECTIONS, doJobs, expectText, type Call, type Job } from './load.js';
import type { Behaviour } from './simulator.js';
import { ANSWER, ANSWER_PIECES, LONG_HISTORY_SENTENCES, QUESTION } from './texts.js';

/** As models send them: each piece comes by itself. The simulator's clock ticks no faster. */
const PACED: Behaviour = { answer: ANSWER_PIECES, pieceDelayMs: 5 };
/** All pieces in one read: what a server computes for a piece, system calls apart. */
const AT_ONCE: Behaviour = { answer: ANSWER_PIECES };

/** A paced stream takes a quarter of a second, however fast the server is. */
const PACED_CALLS = 240;
/**
 * V8 optimizes what was called often: after so few paced calls it would still be at it, which took a
 * sixth of their CPU time. So the same streams come at once first.
 */
const PACED_WARM_UP: WarmUp = { calls: 2000, behaviour: AT_ONCE };
/** Fewer than others need: a call with many pieces runs the same code many times. */
const AT_ONCE_WARM_UP: WarmUp = { calls: 160, behaviour: AT_ONCE };

/** Only for information, so a shorter round will do. */
const PASS_THROUGH_CALLS = 2400;

/** Creation is one call in six then: a conversation of some turns is what the service is for. */
const TURNS_OF_A_CONVERSATION = 5;

/** Histories grow while they are measured, so these begin below the length and end above it by as much. */
const LONG_CONVERSATIONS = CONNECTIONS;
const TURNS_ON_A_LONG_HISTORY = 24;
const FIRST_LONG_TURNS = (LONG_HISTORY_SENTENCES - TURNS_ON_A_LONG_HISTORY) / 2;

interface WarmUp {
  calls: number;
  behaviour: Behaviour;
}

/** One server under one kind of call. */
export interface Subject {
  what: string;
  server: Server;
  behaviour: Behaviour;
  /** When set, every round makes so many calls; otherwise as many as make its CPU time exact. */
  fixedCalls?: number;
  /** What comes before the rounds; when left out, as much as others need. */
  warmUp?: WarmUp;
  /** Makes ready what at least so many calls need; not measured. */
  prepare: (calls: number) => Promise<Job[]>;
  /** Undoes what the calls changed; not measured. */
  tidy?: () => Promise<void>;
}

export type SubjectId = keyof typeof subjects;

export const subjects = {
  passThrough: async (bench: Bench): Promise<Subject> => ({
    what: 'F, node:http pass-through',
    server: await bench.passThrough(),
    behaviour: { answer: ANSWER_PIECES },
    fixedCalls: PASS_THROUGH_CALLS,
    prepare: repeated({
      path: '/chat/completions',
      headers: UPSTREAM_CALL.headers,
      body: JSON.stringify({
        model: UPSTREAM_CALL.model,
        messages: [{ role: 'user', content: QUESTION }],
      }),
      faultOf: expectCompletion,
    }),
  }),

  nestAnswer: async (bench: Bench): Promise<Subject> => ({
    what: 'N, answer',
    server: await bench.nest(),
    behaviour: { answer: ANSWER_PIECES },
    prepare: repeated(referenceCall('/answer', expectText(201, ANSWER))),
  }),

  nestStream: async (bench: Bench): Promise<Subject> => ({
    what: 'N, stream of 50 pieces',
    server: await bench.nest(),
    behaviour: PACED,
    fixedCalls: PACED_CALLS,
    warmUp: PACED_WARM_UP,
    prepare: repeated(referenceCall('/stream', expectAnswerPieces(201))),
  }),

  nestStreamAtOnce: async (bench: Bench): Promise<Subject> => ({
    what: 'N, stream of 50 pieces at once',
    server: await bench.nest(),
    behaviour: AT_ONCE,
    warmUp: AT_ONCE_WARM_UP,
    prepare: repeated(referenceCall('/stream', expectAnswerPieces(201))),
  }),

  quickAnswer: async (bench: Bench): Promise<Subject> => ({
    what: 'quickAnswer',
    server: await bench.service(),
    behaviour: { answer: ANSWER_PIECES },
    prepare: repeated(quickAnswerCall()),
  }),

  chat: async (bench: Bench): Promise<Subject> => {
    const server = await bench.service();
    return {
      what: 'chat, new conversation',
      server,
      behaviour: { answer: ANSWER_PIECES },
      prepare: (calls) => shortConversations(server, calls, chatCall),
    };
  },

  streamedChat: async (bench: Bench): Promise<Subject> => {
    const server = await bench.service();
    return {
      what: 'chat, stream of 50 pieces',
      server,
      behaviour: PACED,
      fixedCalls: PACED_CALLS,
      warmUp: PACED_WARM_UP,
      prepare: (calls) => shortConversations(server, calls, (id) => streamedChatCall(id)),
    };
  },

  streamedChatAtOnce: async (bench: Bench): Promise<Subject> => {
    const server = await bench.service();
    return {
      what: 'chat, stream of 50 pieces at once',
      server,
      behaviour: AT_ONCE,
      warmUp: AT_ONCE_WARM_UP,
      prepare: (calls) => shortConversations(server, calls, (id) => streamedChatCall(id)),
    };
  },

  chatOverResponses: async (bench: Bench): Promise<Subject> => ({
    ...(await subjects.chat({ ...bench, service: bench.overResponses })),
    what: 'chat over the Responses API',
  }),

  chatBeside: async (bench: Bench): Promise<Subject> => ({
    ...(await subjects.chat({ ...bench, service: bench.besideResponses })),
    what: 'chat over chat completions, on a service as new',
  }),

  streamOverResponses: async (bench: Bench): Promise<Subject> => ({
    ...(await subjects.streamedChatAtOnce({ ...bench, service: bench.overResponses })),
    what: 'chat over the Responses API, stream of 50 pieces at once',
  }),

  streamBeside: async (bench: Bench): Promise<Subject> => ({
    ...(await subjects.streamedChatAtOnce({ ...bench, service: bench.besideResponses })),
    what: 'chat over chat completions, stream of 50 pieces at once, on a service as new',
  }),

  completion: async (bench: Bench): Promise<Subject> => ({
    what: '/v1/chat/completions',
    server: await bench.service(),
    behaviour: { answer: ANSWER_PIECES },
    prepare: repeated(completionCall(false)),
  }),

  streamedCompletion: async (bench: Bench): Promise<Subject> => ({
    what: '/v1/chat/completions, stream of 50 pieces',
    server: await bench.service(),
    behaviour: PACED,
    fixedCalls: PACED_CALLS,
    warmUp: PACED_WARM_UP,
    prepare: repeated(completionCall(true)),
  }),

  response: async (bench: Bench): Promise<Subject> => {
    const server = await bench.service();
    return {
      what: '/v1/responses, new conversation',
      server,
      behaviour: { answer: ANSWER_PIECES },
      prepare: (calls) => shortConversations(server, calls, responseCall),
    };
  },

  longChat: async (bench: Bench): Promise<Subject> => {
    const server = await bench.service();
    const ids = await createConversations(server.pool, LONG_CONVERSATIONS);
    const onEach = async (turns: number, call: (id: string) => Call): Promise<void> => {
      const jobs = ids.map((id) => Array.from({ length: turns }, () => call(id)));
      await doJobs(server.pool, jobs, 'chat, long history: preparation', bench.failures);
    };
    await bench.servers.simulator.behave({ answer: ANSWER_PIECES });
    await onEach(FIRST_LONG_TURNS, chatCall);
    return {
      what: `chat, ${LONG_HISTORY_SENTENCES} sentences`,
      server,
      behaviour: { answer: ANSWER_PIECES },
      fixedCalls: LONG_CONVERSATIONS * TURNS_ON_A_LONG_HISTORY,
      prepare: () =>
        Promise.resolve(ids.map((id) => repeat(chatCall(id), TURNS_ON_A_LONG_HISTORY))),
      tidy: () => onEach(TURNS_ON_A_LONG_HISTORY, rollbackCall),
    };
  },
};

function referenceCall(path: string, faultOf: Call['faultOf']): Call {
  return {
    path,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ question: QUESTION }),
    faultOf,
  };
}

function repeated(call: Call): Subject['prepare'] {
  return (calls) => Promise.resolve(repeat([call], calls));
}

/** Fresh conversations, so that histories stay short in every round alike. */
async function shortConversations(
  { pool }: Server,
  calls: number,
  turn: (id: string) => Call,
): Promise<Job[]> {
  const ids = await createConversations(pool, Math.ceil(calls / TURNS_OF_A_CONVERSATION));
  return ids.map((id) => repeat(turn(id), TURNS_OF_A_CONVERSATION));
}

function repeat<Item>(item: Item, times: number): Item[] {
  return Array.from({ length: times }, () => item);
}
