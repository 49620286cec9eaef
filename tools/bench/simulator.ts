import { Pool } from 'undici';
import type { RunningProcess } from '../processes/processes.js';

/** The part of the simulator's behaviour that the bench needs; see tools/simulator/behaviour.ts. */
export interface Behaviour {
  /** The pieces when streamed; joined when not. Left out: the question is quoted. */
  answer?: readonly string[];
  pieceDelayMs?: number;
  /** From 400 on: refuses with it. */
  status?: number;
}

/** The upstream of all measured servers, in a process of its own. */
export class Simulator {
  readonly origin: string;
  readonly #pool: Pool;
  #current = '';

  constructor(
    readonly running: RunningProcess,
    readonly baseUrl: string,
  ) {
    this.origin = new URL(baseUrl).origin;
    this.#pool = new Pool(this.origin, { connections: 1 });
  }

  /** From now on every call is answered so. */
  async behave(behaviour: Behaviour): Promise<void> {
    const body = JSON.stringify({ behaviour });
    if (body === this.#current) return;
    await this.#control('reset', '{}');
    await this.#control('behave', body);
    this.#current = body;
  }

  /** The same for the calls of one key, until the next {@link behave} that changes anything. */
  async behaveFor(key: string, behaviour: Behaviour): Promise<void> {
    await this.#control('behave', JSON.stringify({ behaviour, on: { key } }));
    this.#current = '';
  }

  async #control(command: string, body: string): Promise<void> {
    const answer = await this.#pool.request({
      path: `/simulator/${command}`,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`The simulator refused ${command}: ${text}`);
  }
}
