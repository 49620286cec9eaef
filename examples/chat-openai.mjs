// The same conversation with OpenAI's official client: npm install openai
//   TOKEN=alice node chat-openai.mjs
import process from 'node:process';
import OpenAI from 'openai';

const { ALICE_URL: alice = 'http://localhost:7777', TOKEN: token } = process.env;
const model = process.env.MODEL ?? 'gpt-6-luna';

/** Every call has an Idempotency-Key, so that one the client sends again is done once. */
class SafeClient extends OpenAI {
  idempotencyHeader = 'Idempotency-Key';
}

try {
  if (!token) throw new Error('TOKEN is not set');
  // The client itself sends again what may succeed then (429, 5xx, a broken connection), in time.
  const client = new SafeClient({ baseURL: `${alice}/v1`, apiKey: token, maxRetries: 4 });
  const instructions = 'You are a patient teacher.';
  const conversation = await client.conversations.create();
  const answer = await client.responses.create({
    model,
    conversation: conversation.id,
    instructions,
    input: 'Why is the sky blue?',
  });
  console.log(answer.output_text);

  const events = await client.responses.create({
    model,
    conversation: conversation.id,
    instructions,
    input: 'And at night?',
    stream: true,
  });
  let isComplete = false;
  for await (const event of events) {
    if (event.type === 'response.output_text.delta') process.stdout.write(event.delta);
    if (event.type === 'response.completed') isComplete = true;
    if (event.type === 'response.failed') throw new Error(event.response.error.message);
  }
  if (!isComplete) throw new Error('The answer broke off');
  console.log();

  // One conversation, two APIs: sharing is a call of the other one.
  const headers = { token, conversation: conversation.id };
  const stored = await fetch(`${alice}/chatgpt/store`, { method: 'POST', headers });
  if (!stored.ok) throw new Error(await stored.text());
  const share = stored.headers.get('share');
  const shared = await (await fetch(`${alice}/chatgpt/share/${share}`)).json();
  console.log([`${share}:`, ...shared.SentenceList].join('\n  '));

  const { deleted } = await client.conversations.delete(conversation.id);
  console.log(deleted ? 'Conversation finished' : 'It is still there');
} catch (error) {
  console.error(error.cause?.message || error.message);
  process.exitCode = 1;
}
