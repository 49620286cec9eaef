// The calls of the service that the bench makes, and what they must answer.
import type { Pool } from 'undici';
import { readEventStream } from './event-stream.js';
import { expectText, makeCall, type Answer, type Call } from './load.js';
import { SERVICE_TOKEN, UPSTREAM_CALL } from './servers.js';
import { ANSWER, ANSWER_PIECES, QUESTION } from './texts.js';

const CREATED_AT_ONCE = 16;
const v1Headers = {
  authorization: `Bearer ${SERVICE_TOKEN}`,
  'content-type': 'application/json',
};

export function quickAnswerCall(): Call {
  return {
    path: '/chatgpt/quickAnswer',
    headers: { token: SERVICE_TOKEN, 'content-type': 'application/json' },
    body: JSON.stringify({ question: QUESTION }),
    faultOf: expectText(200, ANSWER),
  };
}

export function chatCall(conversation: string): Call {
  return {
    path: '/chatgpt/chat',
    headers: { token: SERVICE_TOKEN, conversation, 'content-type': 'text/plain' },
    body: QUESTION,
    faultOf: expectText(200, ANSWER),
  };
}

export function streamedChatCall(conversation: string, question = QUESTION): Call {
  return {
    path: '/chatgpt/chat',
    headers: {
      token: SERVICE_TOKEN,
      conversation,
      'content-type': 'text/plain',
      accept: 'text/event-stream',
    },
    body: question,
    faultOf: expectAnswerPieces(200),
  };
}

/** The `/v1` API's, passed on to the upstream as it is. */
export function completionCall(stream: boolean): Call {
  return {
    path: '/v1/chat/completions',
    headers: v1Headers,
    body: JSON.stringify({
      model: UPSTREAM_CALL.model,
      messages: [{ role: 'user', content: QUESTION }],
      stream,
    }),
    faultOf: stream ? expectChunks : expectCompletion,
  };
}

/** A stored response on a conversation. */
export function responseCall(conversation: string): Call {
  return {
    path: '/v1/responses',
    headers: v1Headers,
    body: JSON.stringify({ model: UPSTREAM_CALL.model, input: QUESTION, conversation }),
    faultOf: ({ status, text }) =>
      status === 200 && text.includes(`"text":${JSON.stringify(ANSWER)}`)
        ? undefined
        : `expected a response, got ${status} ${text}`,
  };
}

export function rollbackCall(conversation: string): Call {
  return {
    path: '/chatgpt/rollback',
    headers: { token: SERVICE_TOKEN, conversation },
    body: '',
    faultOf: expectText(200, 'Rollback Succeeded'),
  };
}

/** The check of an event stream that must be the answer, piece by piece, and end properly. */
export function expectAnswerPieces(status: number): Call['faultOf'] {
  return (answer: Answer) => {
    const { pieces, isComplete } = readEventStream(answer.text);
    if (answer.status === status && isComplete && pieces.join('') === ANSWER) return undefined;
    return `expected ${ANSWER_PIECES.length} pieces and an end, got ${answer.status} with ${pieces.length} pieces: ${answer.text}`;
  };
}

/** The check of an answer that must be a completion with the answer. */
export function expectCompletion({ status, text }: Answer): string | undefined {
  const isExact = status === 200 && text.includes(`"content":${JSON.stringify(ANSWER)}`);
  return isExact ? undefined : `expected a completion, got ${status} ${text}`;
}

function expectChunks({ status, text }: Answer): string | undefined {
  const { pieces, isComplete } = readEventStream(text);
  const words = pieces.map(contentOf).join('');
  if (status === 200 && isComplete && words === ANSWER) return undefined;
  return `expected chunks and an end, got ${status} with ${pieces.length}: ${text}`;
}

/** The text of a chunk of a stream of completions; its first chunk has only a role. */
export function contentOf(chunk: string): string {
  const match = /"content":("(?:[^"\\]|\\.)*")/.exec(chunk);
  return match?.[1] === undefined ? '' : String(JSON.parse(match[1]));
}

export async function createConversations(pool: Pool, count: number): Promise<string[]> {
  const ids: string[] = [];
  const createShare = async (): Promise<void> => {
    while (ids.length < count) {
      const index = ids.push('') - 1;
      ids[index] = await createConversation(pool);
    }
  };
  await Promise.all(Array.from({ length: CREATED_AT_ONCE }, createShare));
  return ids;
}

/** @throws unless the service answers with an id: nothing can be measured without one. */
async function createConversation(pool: Pool): Promise<string> {
  const { status, text } = await makeCall(pool, {
    path: '/chatgpt/createTurbo',
    headers: { token: SERVICE_TOKEN, 'content-type': 'text/plain' },
    body: '',
    faultOf: () => undefined,
  });
  if (status !== 200 || text === '') throw new Error(`createTurbo answered ${status} ${text}`);
  return text;
}
