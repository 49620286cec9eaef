// A conversation: a question, one whose answer is streamed, a share, the end.
//   TOKEN=alice node chat.mjs
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

const { ALICE_URL: alice = 'http://localhost:7777', TOKEN: token } = process.env;
const attempts = 5;
const longestWaitS = 60;

/** Opens the answer of POST /chatgpt/path; busy ones (with Retry-After) are asked again in time. */
async function post(path, body = '', headers = {}) {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await fetch(`${alice}/chatgpt/${path}`, {
      method: 'POST',
      headers: { token, ...headers },
      body,
    });
    if (answer.ok) return answer;
    const sentence = `${answer.status}: ${await answer.text()}`;
    const wait = answer.headers.get('retry-after');
    if (wait === null || Number(wait) > longestWaitS || attempt === attempts) {
      throw new Error(sentence);
    }
    await sleep(Number(wait) * 1_000);
  }
}

async function* linesOf(body) {
  let rest = '';
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    yield* lines;
  }
}

/** The answer's pieces. An answer without [DONE] is not complete, and nothing of it is kept. */
async function* askStreamed(conversation, question) {
  const answer = await post('chat', question, { conversation, accept: 'text/event-stream' });
  let name = 'message';
  let data = [];
  for await (const line of linesOf(answer.body)) {
    if (line.startsWith('data:')) data.push(line.slice('data:'.length).replace(/^ /, ''));
    else if (line.startsWith('event:')) name = line.slice('event:'.length).trim();
    else if (line === '' && data.length > 0) {
      const text = data.join('\n');
      if (name === 'error') throw new Error(text);
      if (text === '[DONE]') return;
      yield text;
      [name, data] = ['message', []];
    }
  }
  throw new Error('The answer broke off');
}

try {
  if (!token) throw new Error('TOKEN is not set');
  const conversation = await (await post('createTurbo', 'You are a patient teacher.')).text();
  const answer = await post('chat', 'Why is the sky blue?', { conversation });
  console.log(await answer.text());
  for await (const piece of askStreamed(conversation, 'And at night?')) process.stdout.write(piece);
  console.log();

  const share = (await post('store', '', { conversation })).headers.get('share');
  // Open to all: no token.
  const shared = await (await fetch(`${alice}/chatgpt/share/${share}`)).json();
  console.log([`${share}:`, ...shared.SentenceList].join('\n  '));
  console.log(await (await post('finish', '', { conversation })).text());
} catch (error) {
  // fetch says only that it failed; what failed is its cause.
  console.error(error.cause?.message || error.message);
  process.exitCode = 1;
}
