import type { Caller } from './caller.js';
import type { TestService } from './service.js';

/** What {@link conversationWithOneTurn} said. */
export const oneTurn = ['before', 'You said: before'];

/** A conversation with one turn, and a simulator that has forgotten it. */
export async function conversationWithOneTurn(
  service: TestService,
  caller: Caller,
): Promise<string> {
  const id = await caller.create();
  const { status, text } = await caller.chat(id, 'before');
  if (status !== 200) throw new Error(`chat answered ${status}: ${text}`);
  service.simulator.reset();
  return id;
}

/** The failed turn left nothing behind, and the conversation is free at once. */
export async function expectUntouched(
  service: TestService,
  caller: Caller,
  id: string,
): Promise<void> {
  expect(await caller.sentences(id)).toEqual(oneTurn);
  service.simulator.reset();
  expect(await caller.chat(id, 'next')).toMatchObject({ status: 200, text: 'You said: next' });
  expect(await caller.sentences(id)).toEqual([...oneTurn, 'next', 'You said: next']);
}
