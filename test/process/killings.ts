import type { Behaviour } from '../../tools/simulator/behaviour.js';
import type { Simulator } from '../../tools/simulator/simulator.js';
import type { Caller } from '../support/caller.js';
import { OpenStream } from '../support/open-stream.js';
import { until } from '../support/until.js';
import type { AliceProcess } from './alice-process.js';

const streamed = { accept: 'text/event-stream' };

/** One turn and the service that is killed somewhere in it. */
interface Scene {
  alice: AliceProcess;
  caller: Caller;
  simulator: Simulator;
  id: string;
  question: string;
}

/** Runs the turn and kills the service. @returns whether the turn's end was seen */
type Killing = (scene: Scene) => Promise<boolean>;

export function answering(simulator: Simulator, answer: string[], more: Behaviour = {}): void {
  simulator.behave({ answer, ...more }, { path: '/chat/completions' });
}

/** Until the upstream has been asked this question. */
export function untilAsked(simulator: Simulator, question: string): Promise<void> {
  return until('the upstream is asked', () => {
    return simulator.calls.some(({ body }) => JSON.stringify(body).includes(question));
  });
}

/** When the service dies, and how that is brought about. */
export const killings: readonly [string, Killing][] = [
  [
    'after a plain turn',
    async ({ alice, caller, id, question }) => {
      const { status } = await caller.chat(id, question);
      await alice.stop('SIGKILL');
      return status === 200;
    },
  ],
  [
    'right after the end of a stream was seen',
    async ({ alice, caller, id, question }) => {
      const stream = new OpenStream(
        await caller.open('chat', question, { conversation: id, ...streamed }),
      );
      const { done } = await stream.whole();
      await alice.stop('SIGKILL');
      return done;
    },
  ],
  [
    'while a plain turn waits for its answer',
    async ({ alice, caller, simulator, id, question }) => {
      answering(simulator, ['never seen'], { holdBeforeAnswer: true });
      const answer = caller.chat(id, question).catch(() => null);
      await untilAsked(simulator, question);
      await alice.stop('SIGKILL');
      return (await answer) !== null;
    },
  ],
  [
    'while a streamed turn waits for its first piece',
    async ({ alice, caller, simulator, id, question }) => {
      answering(simulator, ['never seen'], { holdAfterPieces: 0 });
      const answer = caller.chat(id, question, streamed).catch(() => null);
      await untilAsked(simulator, question);
      await alice.stop('SIGKILL');
      return (await answer) !== null;
    },
  ],
  [
    'in the middle of a stream',
    async ({ alice, caller, simulator, id, question }) => {
      answering(simulator, ['half ', 'a ', 'turn'], { holdAfterPieces: 2 });
      const stream = new OpenStream(
        await caller.open('chat', question, { conversation: id, ...streamed }),
      );
      await stream.pieces(2);
      await alice.stop('SIGKILL');
      return stream.whole().then(
        ({ done }) => done,
        () => false,
      );
    },
  ],
  [
    'as soon as the last piece was seen',
    async ({ alice, caller, simulator, id, question }) => {
      answering(simulator, ['the ', 'whole ', 'turn']);
      const stream = new OpenStream(
        await caller.open('chat', question, { conversation: id, ...streamed }),
      );
      await stream.pieces(3);
      alice.kill('SIGKILL');
      return stream.whole().then(
        ({ done }) => done,
        () => false,
      );
    },
  ],
  [
    'as soon as the upstream has answered a plain turn',
    async ({ alice, caller, simulator, id, question }) => {
      answering(simulator, ['at that moment']);
      const answer = caller.chat(id, question).catch(() => null);
      await untilAsked(simulator, question);
      alice.kill('SIGKILL');
      return (await answer)?.status === 200;
    },
  ],
];
