// What the tests of all clients share: where Alice is, and the model service behind it.

const simulator = process.env.SIMULATOR_URL;

export const baseURL = process.env.ALICE_URL;
export const apiKey = process.env.ALICE_TOKEN;
export const model = 'gpt-6-luna';

/** The next answer of the model calls the tool `weather`. */
export async function callTheTool() {
  const toolCalls = [{ id: 'call_1', name: 'weather', arguments: '{"city":"Beijing"}' }];
  await behave({ toolCalls, times: 1 });
}

/** What the model service does from now on, as the simulator's controls have it. */
export async function behave(behaviour) {
  await send('POST', 'behave', { behaviour });
}

/** How often the model service was asked. */
export async function asked() {
  const { total } = await (await send('GET', 'calls')).json();
  return total;
}

/** The model goes on with what it was told to hold. */
export async function release() {
  await send('POST', 'release');
}

/** The messages that the model was told last, in the words of chat completions whatever it speaks. */
export async function told() {
  const { calls } = await (await send('GET', 'calls')).json();
  const { messages, input } = calls.at(-1).body;
  return messages ?? input.map(messageOf);
}

function messageOf({ type, role, content, call_id, output }) {
  if (type === 'function_call_output') {
    return { role: 'tool', tool_call_id: call_id, content: output };
  }
  if (type === 'function_call') return { role: 'assistant' };
  if (content === undefined) return { role: type };
  if (typeof content === 'string') return { role, content };
  const [first, ...rest] = content;
  const isText = rest.length === 0 && first.text !== undefined;
  const parts = content.map((part) => ({ ...part, type: part.type.replace(/^(in|out)put_/, '') }));
  return { role, content: isText ? first.text : parts };
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
