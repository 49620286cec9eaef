// What the tests of all clients share: where Alice is, and the model service behind it.

const simulator = process.env.SIMULATOR_URL;

export const baseURL = process.env.ALICE_URL;
export const apiKey = process.env.ALICE_TOKEN;
export const model = 'gpt-6-luna';

/** The next answer of the model calls the tool `weather`. */
export async function callTheTool() {
  const toolCalls = [{ id: 'call_1', name: 'weather', arguments: '{"city":"Beijing"}' }];
  await send('POST', 'behave', { behaviour: { toolCalls, times: 1 } });
}

/** The messages that the model was told last. */
export async function told() {
  const { calls } = await (await send('GET', 'calls')).json();
  return calls.at(-1).body.messages;
}

export async function reset() {
  await send('POST', 'reset');
}

async function send(method, path, body) {
  const answer = await fetch(`${simulator}/simulator/${path}`, {
    method,
    ...(body
      ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
      : {}),
  });
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  return answer;
}
